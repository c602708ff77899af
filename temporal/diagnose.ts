/**
 * Why Temporal cannot be reached, in the words of the other side. The SDKs keep trying and at the end say only that the time is over, so
 * after a failure the address is tried once by hand: TCP, then TLS as it is set up, then the first frame of HTTP/2, which every gRPC
 * server answers with a SETTINGS frame.
 */
import { connect, isIP } from 'node:net'
import { checkServerIdentity, connect as connectTls, type PeerCertificate } from 'node:tls'
import type { Transport } from './transport.ts'

export interface Diagnosis {
  /** A sentence without its point. */
  readonly what: string
  /**
   * wrong: nothing changes by waiting, somebody has to set something right. unclear: somebody is there, and may answer later.
   * absent: nobody is there.
   */
  readonly is: 'wrong' | 'unclear' | 'absent'
}

const TRY_MS = 3_000
/** RFC 9113, 3.4: the connection preface, then an empty SETTINGS frame. */
const PREFACE = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
])
const SETTINGS_FRAME = 4
const TLS_ALERT = 0x15

/** null: by hand it works, so what failed is said by gRPC itself. Never rejects. */
export function diagnose(transport: Transport): Promise<Diagnosis | null> {
  const { address, tls } = transport
  const colon = address.lastIndexOf(':')
  const host = address.slice(0, colon)
  const port = Number(address.slice(colon + 1))
  return new Promise((resolve) => {
    let step: 'tcp' | 'tls' | 'http2' = 'tcp'
    const socket = tls
      ? connectTls({
          host,
          port,
          ALPNProtocols: ['h2'],
          servername: tls.serverNameOverride ?? (isIP(host) ? '' : host),
          ...(tls.serverNameOverride === undefined ? {} : { checkServerIdentity: checkAs(tls.serverNameOverride) }),
          ...(tls.serverRootCACertificate ? { ca: Buffer.from(tls.serverRootCACertificate) } : {}),
          ...(tls.clientCertPair
            ? { cert: Buffer.from(tls.clientCertPair.crt), key: Buffer.from(tls.clientCertPair.key) }
            : {}),
        })
      : connect({ host, port })
    const end = (found: Diagnosis | null) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(found)
    }
    const timer = setTimeout(() => end({ what: silenceText(step), is: step === 'tcp' ? 'absent' : 'unclear' }), TRY_MS)
    const greet = () => {
      step = 'http2'
      socket.write(PREFACE)
    }
    socket.once('connect', () => {
      step = tls ? 'tls' : 'http2'
      if (!tls) greet()
    })
    if (tls) socket.once('secureConnect', greet)
    socket.once('data', (bytes: Buffer) => end(answered(bytes, tls !== false)))
    socket.once('error', (error: NodeJS.ErrnoException) => end(refused(step, error)))
    socket.once('close', () => end(closed(step, tls !== false)))
  })
}

const checkAs = (name: string) => (_host: string, certificate: PeerCertificate) =>
  checkServerIdentity(name, certificate)

function silenceText(step: string): string {
  if (step === 'tcp') return `nobody answers there within ${TRY_MS / 1_000} s`
  return `the connection is accepted, but nothing is said within ${TRY_MS / 1_000} s: is it Temporal's frontend port?`
}

function answered(bytes: Buffer, byTls: boolean): Diagnosis | null {
  if (bytes.length >= 9 && bytes[3] === SETTINGS_FRAME) return null
  const text = bytes.subarray(0, 40).toString('latin1').split('\r\n')[0]!
  if (text.startsWith('HTTP/1'))
    return { what: `an HTTP/1 server answers there ('${text}'), not Temporal's gRPC frontend`, is: 'wrong' }
  if (bytes[0] === TLS_ALERT && !byTls)
    return {
      what: 'the server speaks TLS: set temporal.tls to true, and temporal.caFile if its authority is your own',
      is: 'wrong',
    }
  return { what: `another service answers there (it begins with ${JSON.stringify(text)})`, is: 'wrong' }
}

function refused(step: string, error: NodeJS.ErrnoException): Diagnosis {
  const { code = '', message } = error
  if (code === 'ECONNREFUSED') return { what: 'nothing listens there', is: 'absent' }
  if (code === 'ENOTFOUND') return { what: `there is no host of that name (${message})`, is: 'wrong' }
  if (/UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO/.test(code))
    return {
      what: `the server's certificate is signed by an authority that is not trusted (${message}): temporal.caFile names the right one`,
      is: 'wrong',
    }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return {
      what: `the server's certificate is for another name (${message}): temporal.serverName says which is expected`,
      is: 'wrong',
    }
  if (code === 'CERT_HAS_EXPIRED') return { what: `the server's certificate has expired (${message})`, is: 'wrong' }
  if (/ALERT|BAD_CERTIFICATE|CERTIFICATE_REQUIRED/i.test(code))
    return {
      what: `the server refuses our client certificate, or the lack of one (${alertText(message)}): temporal.certFile and keyFile name it`,
      is: 'wrong',
    }
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH|ERR_SSL/.test(code))
    return {
      what: `it does not speak TLS there (${code}): set temporal.tls to false if it is to be so`,
      is: 'wrong',
    }
  return { what: `${step}: ${message}`, is: step === 'tcp' ? 'absent' : 'unclear' }
}

/** OpenSSL's own line has numbers around what it says. */
const alertText = (message: string) => /:([^:]*alert[^:]*):/i.exec(message)?.[1] ?? message

function closed(step: string, byTls: boolean): Diagnosis {
  const why = byTls ? 'our client certificate may be refused' : 'it may speak TLS, or not be Temporal'
  return { what: `the other side closes the connection (at ${step}): ${why}`, is: 'unclear' }
}
