/**
 * One HTTP exchange of WebHDFS, on node:http. Not fetch: a DataNode answers "100 Continue" unasked, on which undici throws on
 * every write, sometimes after the bytes were written (docs/adr has the story).
 *
 * Invariant: an answer is given whole or not at all; a body shorter than its Content-Length is an error.
 */
import http from 'node:http'
import https from 'node:https'
import { connectionError, type HdfsCall } from './errors.ts'

export interface Agents extends Disposable {
  readonly http: http.Agent
  readonly https: https.Agent
}

export function createAgents(tls: https.AgentOptions, maxSockets = 64): Agents {
  const options = { keepAlive: true, maxSockets, maxFreeSockets: 16, timeout: 30_000 }
  const agents = { http: new http.Agent(options), https: new https.Agent({ ...options, ...tls }) }
  return {
    ...agents,
    [Symbol.dispose]() {
      agents.http.destroy()
      agents.https.destroy()
    },
  }
}

export interface Exchange {
  readonly method: 'GET' | 'PUT' | 'DELETE'
  readonly url: string
  readonly call: HdfsCall
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body?: readonly Uint8Array[] | undefined
  readonly signal?: AbortSignal | undefined
  /** Called when the connection stands: from here on the other side may have acted. */
  readonly onSent?: (() => void) | undefined
  /** Called with the date of the answer, where it has one. */
  readonly onDate?: ((date: ServerDate) => void) | undefined
}

/** What the other side's clock said in whole seconds (the `Date` of its answer), ms, and how long the exchange took. */
export interface ServerDate {
  readonly at: number
  readonly tookMs: number
}

export interface Answer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly body: Buffer
}

/** A connection that says nothing for this long is given up. */
const IDLE_MS = 20_000
/** One that does not come about in this time, too: a machine that is off refuses nothing, and another NameNode may be there. */
const CONNECT_MS = 5_000

/** Any status is an answer. @throws AppError `connectionError` when there is none */
export async function exchange(agents: Agents, options: Exchange): Promise<Answer> {
  try {
    return await send(agents, options)
  } catch (error) {
    throw connectionError(options.call, error, options.signal)
  }
}

function send(agents: Agents, options: Exchange): Promise<Answer> {
  const { method, url, headers, body, signal, onSent, onDate } = options
  const began = performance.now()
  return new Promise((resolve, reject) => {
    const bytes = body?.reduce((sum, chunk) => sum + chunk.length, 0)
    const own = bytes === undefined ? {} : { 'content-type': 'application/octet-stream', 'content-length': bytes }
    const secure = url.startsWith('https:')
    const request = (secure ? https : http).request(url, {
      method,
      agent: secure ? agents.https : agents.http,
      ...(signal ? { signal } : {}),
      headers: { ...headers, ...own },
    })
    request.on('error', reject)
    request.on('response', (response) => {
      // Hadoop sends the header twice, and Node joins the two.
      const at = Date.parse(response.headersDistinct['date']?.[0] ?? '')
      if (onDate && !Number.isNaN(at)) onDate({ at, tookMs: performance.now() - began })
      collect(response).then(resolve, reject)
    })
    request.on('socket', (socket) => {
      if (!socket.connecting) {
        onSent?.()
        return
      }
      const seconds = CONNECT_MS / 1_000
      const late = setTimeout(() => request.destroy(new Error(`no connection after ${seconds} s`)), CONNECT_MS)
      socket.once('close', () => clearTimeout(late))
      // behind TLS: before its handshake is over, no byte of the request has gone out
      socket.once(secure ? 'secureConnect' : 'connect', () => {
        clearTimeout(late)
        onSent?.()
      })
    })
    request.setTimeout(IDLE_MS, () => request.destroy(new Error(`no answer for ${IDLE_MS / 1_000} s`)))
    // all chunks are in memory already: node queues them without copying, and the socket drains them
    for (const chunk of body ?? []) request.write(chunk)
    request.end()
  })
}

async function collect(response: http.IncomingMessage): Promise<Answer> {
  const { headers } = response
  const status = response.statusCode ?? 0
  const expected = headers['content-length']
  if (expected === undefined) {
    const chunks: Buffer[] = []
    for await (const chunk of response) chunks.push(chunk as Buffer)
    return { status, headers, body: Buffer.concat(chunks) }
  }
  const body = Buffer.allocUnsafeSlow(Number(expected))
  let length = 0
  for await (const chunk of response) {
    length += (chunk as Buffer).copy(body, length)
  }
  if (length !== body.length) throw new Error(`the answer ended after ${length} of ${body.length} bytes`)
  return { status, headers, body }
}
