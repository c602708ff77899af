/**
 * A gate in front of the real Temporal server, as clusters have one: TLS, client certificates, API keys. It forwards HTTP/2 streams
 * as they are; `start-dev`, which the tests' server is, has none of these itself.
 */
import { readFileSync } from 'node:fs'
import {
  connect,
  constants,
  createSecureServer,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2'
import { type AddressInfo, connect as connectTcp, createServer as createTcpServer, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { createServer as createTlsServer } from 'node:tls'
import type { Certificate } from './certificates.ts'

export interface GateOptions {
  /** host:port of the plain server behind it. */
  readonly behind: string
  /** Not given: plain. */
  readonly certificate?: Certificate
  /** The authority of clients' certificates: whoever has none that it signed is refused. */
  readonly clientsOf?: string
  /** Whoever does not send it as `authorization: Bearer …` is refused. */
  readonly apiKey?: string
}

export interface Gate extends AsyncDisposable {
  readonly port: number
  /** Connections, or streams where a key is asked for, that were forwarded. */
  readonly forwarded: () => number
}

export async function openGate(options: GateOptions): Promise<Gate> {
  return options.apiKey === undefined ? await openTunnel(options) : await openProxy(options)
}

/** Bytes as they are, behind TLS or plain. */
async function openTunnel({ behind, certificate, clientsOf }: GateOptions): Promise<Gate> {
  const [host, port] = behind.split(':')
  const sockets = new Set<Socket>()
  let forwarded = 0
  const take = (socket: Socket) => {
    forwarded += 1
    const upstream = connectTcp({ host: host!, port: Number(port) })
    for (const one of [socket, upstream]) {
      sockets.add(one)
      one.on('error', () => {})
      one.on('close', () => {
        socket.destroy()
        upstream.destroy()
      })
    }
    socket.pipe(upstream).pipe(socket)
  }
  const server = certificate
    ? createTlsServer(
        {
          cert: readFileSync(certificate.certFile),
          key: readFileSync(certificate.keyFile),
          ALPNProtocols: ['h2'],
          ...(clientsOf ? { ca: readFileSync(clientsOf), requestCert: true, rejectUnauthorized: true } : {}),
        },
        take,
      )
    : createTcpServer(take)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    forwarded: () => forwarded,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

async function openProxy({ behind, certificate, apiKey }: GateOptions): Promise<Gate> {
  const server = certificate
    ? createSecureServer({
        cert: readFileSync(certificate.certFile),
        key: readFileSync(certificate.keyFile),
      })
    : createServer()
  const upstream = connect(`http://${behind}`)
  const sessions = new Set<{ destroy(): void }>([upstream])
  let forwarded = 0
  upstream.on('error', () => {})
  server.on('session', (session) => sessions.add(session))
  server.on('sessionError', () => {})
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    stream.on('error', () => {})
    if (headers['authorization'] !== `Bearer ${apiKey}`) {
      const refusal = { 'grpc-status': '16', 'grpc-message': 'Request unauthorized.' }
      return stream.respond({ ':status': 200, 'content-type': 'application/grpc', ...refusal }, { endStream: true })
    }
    forwarded += 1
    forward(stream, upstream.request({ ...headers, ':scheme': 'http', ':authority': behind }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    forwarded: () => forwarded,
    async [Symbol.asyncDispose]() {
      for (const session of sessions) session.destroy()
      await Promise.race([new Promise<void>((resolve) => server.close(() => resolve())), delay(1_000)])
    },
  }
}

function forward(stream: ServerHttp2Stream, request: ReturnType<ReturnType<typeof connect>['request']>): void {
  let trailers: IncomingHttpHeaders = {}
  request.on('error', () => stream.close(constants.NGHTTP2_INTERNAL_ERROR))
  stream.on('aborted', () => request.close(constants.NGHTTP2_CANCEL))
  request.on('response', (headers, flags) => {
    if (stream.destroyed) return
    const endStream = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0
    stream.respond(headers, { endStream, waitForTrailers: !endStream })
    if (endStream) return
    stream.on('wantTrailers', () => stream.sendTrailers(trailers))
    request.pipe(stream)
  })
  request.on('trailers', (sent) => {
    trailers = sent
  })
  stream.pipe(request)
}
