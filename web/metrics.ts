/** Metrics of the web server, from its answers as Node sees them: what was asked for by kind, how it was answered, and how fast. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { addDuration, type Metrics, readGauge } from '../app/metrics.ts'

const LIVE = /^\/api\/v\d+\/live\b/

/** Live events are open for as long as somebody looks: they are told by how many there are, not by how long. */
export function meterHttp(metrics: Metrics, server: Server): void {
  const duration = addDuration(metrics, {
    name: 'tendance_web_request_duration_seconds',
    help: 'From a request until its answer was sent, by kind of what was asked for and class of status',
    labels: ['kind', 'status'],
  })
  let listening = 0
  readGauge(metrics, { name: 'tendance_web_live_listeners', help: 'Connections that live events are sent to' }, () => [
    [{}, listening],
  ])
  server.on('request', ({ url = '/' }: IncomingMessage, response: ServerResponse) => {
    if (LIVE.test(url)) {
      listening++
      response.once('close', () => listening--)
      return
    }
    const end = duration.startTimer({ kind: kindOf(url) })
    // `close` comes also when the asker has gone before the answer
    response.once('close', () => end({ status: `${Math.floor(response.statusCode / 100)}xx` }))
  })
}

function kindOf(url: string): string {
  if (url.startsWith('/api/')) return 'api'
  return url.startsWith('/assets/') ? 'asset' : 'page'
}
