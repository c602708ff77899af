/** Runs the server until it is told to stop: what is being answered is finished, then it ends. */
import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Config } from '../app/config.ts'
import { createMetrics, type Metrics } from '../app/metrics.ts'
import { serveMetrics } from '../app/metrics-server.ts'
import { AppError } from '../model/errors.ts'
import type { Logger } from '../model/log.ts'
import { ensurePage } from './build-page.ts'
import { meterHttp } from './metrics.ts'
import { STREAM } from './read/editions.ts'
import { createServer } from './server/server.ts'
import { openServices } from './services.ts'

export interface RunWebOptions {
  readonly config: Config
  readonly logger: Logger
  /** Ends it. */
  readonly signal: AbortSignal
  /** Where it puts its own; its /readyz says more than the metrics endpoint's. */
  readonly metrics?: Metrics
  /** Called when it listens, with its address: `http://127.0.0.1:8420`. */
  readonly onListening?: (url: string) => void
  /** Of a page that is built; unless given it is built when need be. */
  readonly pageDir?: string
}

/** @throws AppError `bad-config` when the address is taken, or would be open to a network without a token */
export async function runWeb(options: RunWebOptions): Promise<void> {
  const { config, logger, signal, onListening } = options
  const pageDir = options.pageDir ?? (await ensurePage(logger))
  await using services = openServices(config, logger, Date.now)
  const metrics = options.metrics ?? createMetrics()
  await using _endpoint = await serveMetrics(metrics, 'web', config.metrics, logger)
  const app = await createServer({ services, pageDir, version: await packageVersion() })
  meterHttp(metrics, app.server)
  // a read of what every answer begins with
  metrics.readiness.require('mongodb', async () => {
    await (await services.views()).editions.chain(STREAM)
    return 'the live edition was read'
  })
  try {
    await listen(app, config.web)
    metrics.readiness.set('listening', true, urlOf(app.server.address() as AddressInfo))
    onListening?.(urlOf(app.server.address() as AddressInfo))
    await aborted(signal)
  } finally {
    await app.close()
  }
}

async function listen(app: Awaited<ReturnType<typeof createServer>>, { host, port }: Config['web']): Promise<void> {
  try {
    await app.listen({ host, port })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const why =
      code === 'EADDRINUSE'
        ? 'somebody else listens there: choose another port (web.port)'
        : `it cannot be listened on (${code})`
    throw new AppError('bad-config', `${host}:${port}: ${why}`, { cause: error, facts: { host, port } })
  }
}

/** What a person can open: of all addresses of the machine, the one that is it itself. */
function urlOf({ address, port, family }: AddressInfo): string {
  const host = address === '0.0.0.0' || address === '::' ? 'localhost' : family === 'IPv6' ? `[${address}]` : address
  return `http://${host}:${port}`
}

async function packageVersion(): Promise<string> {
  const { version } = JSON.parse(await readFile(join(import.meta.dirname, '..', 'package.json'), 'utf8'))
  return String(version)
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
