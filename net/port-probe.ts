/**
 * What answers at a port where a client did not get on: does it speak TLS, and with which certificate; is it a web server? Client
 * libraries say only that the connection was closed, or wait for an answer that never comes. Asked after a failure alone.
 */
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls, type PeerCertificate } from 'node:tls'
import type { PortFinding } from '../model/connection-failure.ts'

const PROBE_MS = 1_500
/** Who tries again all the time does not ask each time. */
const KEEP_MS = 30_000
const ANSWER_BYTES_MAX = 2_048
const KEPT_MAX = 100

const kept = new Map<string, { readonly at: number; readonly finding: Promise<PortFinding> }>()

/** @param address `host:port`; a finding is kept for half a minute. Never rejects: what is not found out is not in it. */
export function probePort(address: string): Promise<PortFinding> {
  const known = kept.get(address)
  if (known && performance.now() - known.at < KEEP_MS) return known.finding
  if (kept.size >= KEPT_MAX) kept.clear()
  const finding = find(address)
  kept.set(address, { at: performance.now(), finding })
  return finding
}

async function find(address: string): Promise<PortFinding> {
  const at = /^\[?(.+?)\]?:(\d+)$/.exec(address)
  if (!at) return {}
  const [, host = '', port] = at
  const target = { host, port: Number(port) }
  const tls = await askTls(target)
  if (tls) return tls
  const http = await askHttp(connectTcp(target))
  return http ? { http } : {}
}

interface Target {
  readonly host: string
  readonly port: number
}

/** undefined: it does not speak TLS. The certificate is not checked, it is to be told. */
function askTls(target: Target): Promise<PortFinding | undefined> {
  const servername = isIP(target.host) === 0 ? { servername: target.host } : {}
  const socket = connectTls({ ...target, ...servername, rejectUnauthorized: false })
  return new Promise((resolve) => {
    const done = (finding: PortFinding | undefined) => {
      resolve(finding)
      if (finding === undefined) socket.destroy()
    }
    socket.setTimeout(PROBE_MS, () => done(undefined))
    socket.once('error', () => done(undefined))
    socket.once('close', () => done(undefined))
    socket.once('secureConnect', () => {
      const tls = certificateOf(socket.getPeerCertificate())
      askHttp(socket).then((http) => done(http ? { tls, http } : { tls }))
    })
  })
}

function certificateOf({ subject, issuer, valid_to }: PeerCertificate): NonNullable<PortFinding['tls']> {
  const nameOf = (of: PeerCertificate['subject'] | undefined) => String(of?.CN ?? of?.O ?? 'no name')
  return { subject: nameOf(subject), issuer: nameOf(issuer), validTo: valid_to ?? 'unknown' }
}

/** undefined: no answer in HTTP. */
function askHttp(socket: Socket): Promise<PortFinding['http']> {
  return new Promise((resolve) => {
    let text = ''
    const done = () => {
      resolve(httpOf(text))
      socket.destroy()
    }
    socket.setTimeout(PROBE_MS, done)
    socket.on('error', done)
    socket.once('close', done)
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
      if (text.includes('\r\n\r\n') || text.length > ANSWER_BYTES_MAX) done()
    })
    socket.write('GET / HTTP/1.0\r\n\r\n')
  })
}

function httpOf(text: string): PortFinding['http'] {
  const [, status] = /^HTTP\/\d\.\d (\d{3}[^\r\n]*)/.exec(text) ?? []
  if (status === undefined) return undefined
  const [, server] = /^server: *([^\r\n]+)/im.exec(text) ?? []
  return { status, ...(server ? { server } : {}) }
}
