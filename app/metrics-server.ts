/**
 * A worker's small HTTP endpoint: /metrics (Prometheus), /healthz (it is alive: it answers), /readyz (200, or 503 with what is
 * missing, as JSON). It shows, and changes nothing; it listens on loopback unless `metrics.host` says otherwise.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { AppError, messageOf } from '../model/errors.ts'
import type { Logger } from '../model/log.ts'
import type { Config } from './config.ts'
import { addProcessMetrics, type Metrics, scrape } from './metrics.ts'

/** With `metrics.port` 9464 the archive worker listens there, speed on 9465 …: one configuration for a machine. */
const PORT_STEPS = { archive: 0, speed: 1, batch: 2, ingest: 3, web: 4 } as const
export type MeteredWorker = keyof typeof PORT_STEPS

export interface MetricsEndpoint extends AsyncDisposable {
  /** `http://127.0.0.1:9464` */
  readonly url: string
}

/**
 * Listens, and adds the metrics of the process. undefined: `metrics.port` is not set.
 * @throws AppError `bad-config` when the address cannot be listened on
 */
export async function serveMetrics(
  metrics: Metrics,
  worker: MeteredWorker,
  { host, port: base }: Config['metrics'],
  logger: Logger,
): Promise<MetricsEndpoint | undefined> {
  if (base === undefined) return undefined
  const port = base === 0 ? 0 : base + PORT_STEPS[worker]
  addProcessMetrics(metrics, worker)
  const server = createServer((request, response) => {
    answer(metrics, request, response).catch((error: unknown) => {
      logger.error({ error: messageOf(error) }, 'metrics could not be told')
      if (!response.headersSent) response.writeHead(500)
      response.end()
    })
  })
  const listening = Promise.withResolvers<void>()
  server.once('error', (error: NodeJS.ErrnoException) => listening.reject(refused(error, host, port)))
  server.listen(port, host, () => listening.resolve())
  await listening.promise
  // the process ends when its work does, whoever is still connected
  server.unref()
  const url = urlOf(server.address() as AddressInfo)
  logger.info({ url }, 'metrics, health and readiness are told here: /metrics, /healthz, /readyz')
  return {
    url,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
}

async function answer(metrics: Metrics, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = new URL(request.url ?? '/', 'http://localhost').pathname
  if (request.method !== 'GET' && request.method !== 'HEAD') return send(response, 405, 'text/plain', 'only GET\n')
  switch (path) {
    case '/metrics':
      return send(response, 200, metrics.registry.contentType, await scrape(metrics))
    case '/healthz':
      return send(response, 200, 'text/plain', 'alive\n')
    case '/readyz': {
      const readiness = await metrics.readiness.read()
      return send(response, readiness.ready ? 200 : 503, 'application/json', `${JSON.stringify(readiness)}\n`)
    }
    default:
      return send(response, 404, 'text/plain', 'there are: /metrics, /healthz, /readyz\n')
  }
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' })
  response.end(response.req.method === 'HEAD' ? undefined : body)
}

function refused(error: NodeJS.ErrnoException, host: string, port: number): AppError {
  const why =
    error.code === 'EADDRINUSE'
      ? 'somebody else listens there; metrics.port 0 takes any port that is free'
      : `it cannot be listened on (${error.code})`
  return new AppError('bad-config', `metrics at ${host}:${port}: ${why}`, { cause: error, facts: { host, port } })
}

function urlOf({ address, port, family }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}
