/** Which store the configuration means. */
import { fileURLToPath } from 'node:url'
import { AppError } from '../model/errors.ts'
import type { Logger } from '../model/log.ts'
import type { WaitReports } from '../model/waiting.ts'
import type { FileStore } from './file-store.ts'
import { LocalStore } from './local-store.ts'
import type { RetryPolicy } from './retry.ts'
import type { ServerDate } from './webhdfs/http.ts'
import { WebHdfsStore } from './webhdfs/webhdfs-store.ts'

export interface StoreSettings {
  /** `http://127.0.0.1:9870` (WebHDFS), or `file:///folder`. */
  readonly url: string
  /** HDFS user; a folder has none. */
  readonly user: string
}

/** Nothing is asked of the store yet. @throws AppError `bad-config` for another kind of address */
export function openStore(
  settings: StoreSettings,
  options: { logger?: Logger; retries?: RetryPolicy; onDate?: (date: ServerDate) => void; waits?: WaitReports } = {},
): FileStore {
  const { protocol } = URL.canParse(settings.url) ? new URL(settings.url) : { protocol: '' }
  const { logger, retries, onDate, waits } = options
  switch (protocol) {
    case 'file:':
      return new LocalStore(fileURLToPath(settings.url))
    case 'http:':
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
        `lake.url is '${settings.url}': it must be http://host:port of a NameNode (WebHDFS) or file:///folder; set TENDANCE_LAKE_URL`,
        { facts: { url: settings.url } },
      )
  }
}
