/** Which store the configuration means. */
import { fileURLToPath } from 'node:url'
import { AppError } from '../model/errors.ts'
import type { Logger } from '../model/log.ts'
import type { WaitReports } from '../model/waiting.ts'
import type { FileStore } from './file-store.ts'
import { LocalStore } from './local-store.ts'
import type { RetryPolicy } from './retry.ts'
import type { HdfsAccess } from './webhdfs/access.ts'
import type { ServerDate } from './webhdfs/http.ts'
import { type WebHdfsOptions, WebHdfsStore } from './webhdfs/webhdfs-store.ts'

/** With a `url` of `file:///folder`, the rest means nothing. */
export type StoreSettings = Pick<WebHdfsOptions, 'hdfsBlockBytes' | 'replication'> & HdfsAccess

/** Nothing is asked of the store yet. @throws AppError `bad-config` for another kind of address */
export function openStore(
  settings: StoreSettings,
  options: { logger?: Logger; retries?: RetryPolicy; onDate?: (date: ServerDate) => void; waits?: WaitReports } = {},
): FileStore {
  const [first = ''] = settings.url.split(',')
  const { protocol } = URL.canParse(first) ? new URL(first) : { protocol: '' }
  const { logger, retries, onDate, waits } = options
  switch (protocol) {
    case 'file:':
      return new LocalStore(fileURLToPath(settings.url))
    case 'http:':
    case 'https:':
      return new WebHdfsStore({
        ...settings,
        ...(retries ? { retries } : {}),
        ...(onDate ? { onDate } : {}),
        ...(waits ? { waits } : {}),
        onRetry: (error, attempt, waitMs) => logger?.debug({ ...error.facts, attempt, waitMs }, error.message),
      })
    default:
      throw new AppError(
        'bad-config',
        `lake.url is '${settings.url}': it must be http(s)://host:port of a NameNode (WebHDFS), several with commas, or file:///folder; set TENDANCE_LAKE_URL`,
        { facts: { url: settings.url } },
      )
  }
}
