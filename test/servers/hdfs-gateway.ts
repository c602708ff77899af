/**
 * A gateway in front of WebHDFS, as HttpFS and Knox behave: a path of its own, users by HTTP Basic, DataNodes hidden. It gives a file's
 * bytes at once; bytes for a new file are taken only at the place it redirects to, which is itself, as application/octet-stream.
 */
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'

export interface HdfsGateway extends AsyncDisposable {
  readonly url: string
}

export async function startHdfsGateway(webhdfs: string, user: string, password: string): Promise<HdfsGateway> {
  const expected = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
  let self = ''
  const server = http.createServer((request, response) => {
    const answer = (status: number, headers: http.OutgoingHttpHeaders = {}) =>
      void response.writeHead(status, headers).end()
    const { pathname, searchParams } = new URL(request.url ?? '/', self)
    const path = pathname.replace(/^\/gateway\/default/, '')
    if (path === pathname) return answer(404)
    if (request.headers.authorization !== expected) return answer(401, { 'www-authenticate': 'Basic realm="gateway"' })
    if (searchParams.has('noredirect')) return answer(400)
    const creates = searchParams.get('op') === 'CREATE'
    if (creates && searchParams.get('data') !== 'true') {
      return answer(307, { location: `${self}${request.url}&data=true` })
    }
    if (creates && request.headers['content-type'] !== 'application/octet-stream') return answer(400)
    searchParams.delete('data')
    searchParams.set('user.name', user)
    void forward(`${webhdfs}${path}?${searchParams}`, request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  self = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url: `${self}/gateway/default`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Follows HDFS's redirects itself, with the body. */
async function forward(url: string, request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const ask = (to: string, body?: Buffer): Promise<http.IncomingMessage> =>
    new Promise((resolve, reject) => {
      const asked = http.request(
        to,
        { method: request.method, headers: { 'content-length': body?.length ?? 0 } },
        resolve,
      )
      asked.on('error', reject)
      asked.end(body)
    })
  let answer = await ask(url)
  if (answer.statusCode === 307) {
    answer.resume()
    answer = await ask(answer.headers.location!, Buffer.concat(chunks))
  }
  response.writeHead(answer.statusCode!, answer.headers)
  answer.pipe(response)
}
