/**
 * One HTTP exchange of WebHDFS, on node:http. Not fetch: a DataNode answers "100 Continue" unasked, on which undici throws on
 * every write, sometimes after the bytes were written (docs/adr has the story).
 *
 * Invariant: an answer is given whole or not at all; a body shorter than its Content-Length is an error.
 */
import http from 'node:http'
import { connectionError, type HdfsCall, remoteError } from './errors.ts'

export interface Exchange {
  readonly method: 'GET' | 'PUT' | 'DELETE'
  readonly url: string
  readonly call: HdfsCall
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

/** A connection that says nothing for this long is given up. */
const IDLE_MS = 20_000

/** @throws AppError: `remoteError` for an answer of 300 or more, `connectionError` for none */
export async function exchange(agent: http.Agent, options: Exchange): Promise<Buffer> {
  const { call, signal } = options
  let answer: { readonly status: number; readonly body: Buffer }
  try {
    answer = await send(agent, options)
  } catch (error) {
    throw connectionError(call, error, signal)
  }
  if (answer.status >= 300) throw remoteError(call, answer.status, answer.body.toString())
  return answer.body
}

function send(agent: http.Agent, options: Exchange): Promise<{ status: number; body: Buffer }> {
  const { method, url, body, signal, onSent, onDate } = options
  const began = performance.now()
  return new Promise((resolve, reject) => {
    const bytes = body?.reduce((sum, chunk) => sum + chunk.length, 0)
    const request = http.request(url, {
      method,
      agent,
      ...(signal ? { signal } : {}),
      ...(bytes === undefined
        ? {}
        : { headers: { 'content-type': 'application/octet-stream', 'content-length': bytes } }),
    })
    request.on('error', reject)
    request.on('response', (response) => {
      // Hadoop sends the header twice, and Node joins the two.
      const at = Date.parse(response.headersDistinct['date']?.[0] ?? '')
      if (onDate && !Number.isNaN(at)) onDate({ at, tookMs: performance.now() - began })
      collect(response).then(resolve, reject)
    })
    request.on('socket', (socket) => {
      if (!onSent) return
      if (socket.connecting) socket.once('connect', onSent)
      else onSent()
    })
    request.setTimeout(IDLE_MS, () => request.destroy(new Error(`no answer for ${IDLE_MS / 1_000} s`)))
    // all chunks are in memory already: node queues them without copying, and the socket drains them
    for (const chunk of body ?? []) request.write(chunk)
    request.end()
  })
}

async function collect(response: http.IncomingMessage): Promise<{ status: number; body: Buffer }> {
  const status = response.statusCode ?? 0
  const expected = response.headers['content-length']
  if (expected === undefined) {
    const chunks: Buffer[] = []
    for await (const chunk of response) chunks.push(chunk as Buffer)
    return { status, body: Buffer.concat(chunks) }
  }
  const body = Buffer.allocUnsafeSlow(Number(expected))
  let length = 0
  for await (const chunk of response) {
    length += (chunk as Buffer).copy(body, length)
  }
  if (length !== body.length) throw new Error(`the answer ended after ${length} of ${body.length} bytes`)
  return { status, body }
}
