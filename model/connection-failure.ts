/**
 * Why a connection to a service did not come about, in one sentence that quotes what the other side or this machine said, and what to do.
 * Pure: it reads the error that a client threw, and what a probe of the port has found (net/port-probe.ts).
 */
/** Where a client was to connect, and the settings that say so. */
export interface Endpoint {
  readonly service: string
  /** As people know it; without a password. */
  readonly address: string
  /** The client speaks TLS. */
  readonly tls: boolean
  readonly settings: {
    readonly address: string
    /** What turns TLS on: `TENDANCE_KAFKA_SSL=true`. */
    readonly tls: string
    /** What names the authority's certificate. */
    readonly ca: string
    readonly clientCertificate: string
  }
}

/** What answers at a port, whatever was expected there. */
export interface PortFinding {
  readonly tls?: { readonly subject: string; readonly issuer: string; readonly validTo: string }
  readonly http?: { readonly status: string; readonly server?: string }
}

export type FailureKind =
  | 'refused'
  | 'unresolved'
  | 'unreachable'
  | 'silent'
  | 'unknown-authority'
  | 'expired'
  | 'other-name'
  | 'client-certificate'
  | 'not-tls'
  | 'needs-tls'
  | 'other-service'
  | 'closed'

export interface ConnectionFailure {
  readonly kind: FailureKind
  /** `<service> at <address>: <what was said>. <what to do>` without the first part. */
  readonly text: string
}

/** By Node's code, or OpenSSL's. */
const KIND_OF: Readonly<Record<string, FailureKind>> = {
  ECONNREFUSED: 'refused',
  ENOTFOUND: 'unresolved',
  EAI_AGAIN: 'unresolved',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  ETIMEDOUT: 'silent',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'unknown-authority',
  UNABLE_TO_GET_ISSUER_CERT: 'unknown-authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'unknown-authority',
  SELF_SIGNED_CERT_IN_CHAIN: 'unknown-authority',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'unknown-authority',
  CERT_SIGNATURE_FAILURE: 'unknown-authority',
  CERT_HAS_EXPIRED: 'expired',
  CERT_NOT_YET_VALID: 'expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'other-name',
  EPROTO: 'not-tls',
  ECONNRESET: 'closed',
  EPIPE: 'closed',
}

/** Where a code says too little, or a client library has left it out. The first that fits counts. */
const KIND_BY_TEXT: readonly (readonly [RegExp, FailureKind])[] = [
  [
    /alert (certificate required|bad certificate|unknown ca|certificate unknown|handshake failure)/i,
    'client-certificate',
  ],
  [
    /ALERT_(CERTIFICATE_REQUIRED|BAD_CERTIFICATE|UNKNOWN_CA|CERTIFICATE_UNKNOWN|HANDSHAKE_FAILURE)/,
    'client-certificate',
  ],
  [/wrong version number|packet length too long|before secure TLS connection/i, 'not-tls'],
  [/unable to (verify|get) .*certificate|self[- ]signed certificate/i, 'unknown-authority'],
  [/certificate (has expired|is not yet valid)/i, 'expired'],
  [/does not match certificate's altnames/i, 'other-name'],
  [/ECONNREFUSED/, 'refused'],
  [/ENOTFOUND|EAI_AGAIN/, 'unresolved'],
  [/EHOSTUNREACH|ENETUNREACH/, 'unreachable'],
  [/timed? ?out|no answer/i, 'silent'],
  [/Parse Error|Expected HTTP/i, 'other-service'],
  [/clos(ed|ing) connection|connection .*closed|socket hang up|ECONNRESET/i, 'closed'],
]

const CHAIN_MAX = 10

/** undefined: the error does not say that a connection failed. */
export function connectionFailure(
  error: unknown,
  endpoint: Endpoint,
  finding?: PortFinding,
): ConnectionFailure | undefined {
  const links = chainOf(error)
  const found = kindOf(links)
  if (found === undefined) return undefined
  const kind = corrected(found.kind, endpoint, finding)
  const [what, fix] = sentenceOf(kind, found.said, endpoint, finding)
  return { kind, text: `${what}: ${fix}` }
}

interface Link {
  readonly code: string | undefined
  readonly message: string
}

/** The error, its causes, and what they collect. */
function chainOf(error: unknown): readonly Link[] {
  const links: Link[] = []
  const waiting: unknown[] = [error]
  const seen = new Set<unknown>()
  while (waiting.length > 0 && links.length < CHAIN_MAX) {
    const at = waiting.shift()
    if (typeof at === 'string') links.push({ code: undefined, message: at })
    if (!(at instanceof Error) || seen.has(at)) continue
    seen.add(at)
    const { code } = at as { code?: unknown }
    links.push({ code: typeof code === 'string' ? code : undefined, message: at.message })
    waiting.push(at.cause, ...(at instanceof AggregateError ? at.errors : []))
  }
  return links
}

/** The words are those of the deepest error: the others only wrap it. */
function kindOf(links: readonly Link[]): { readonly kind: FailureKind; readonly said: string } | undefined {
  for (const { code, message } of links.toReversed()) {
    const byText = KIND_BY_TEXT.find(([pattern]) => pattern.test(`${code} ${message}`))?.[1]
    const kind =
      byText === 'silent' || byText === 'closed' ? (KIND_OF[code ?? ''] ?? byText) : (byText ?? KIND_OF[code ?? ''])
    if (kind) return { kind, said: code && !message.includes(code) ? `${message} (${code})` : message }
  }
  return undefined
}

/** A client that does not know the protocol it met says "closed" or nothing at all; the probe of the port knows more. */
function corrected(kind: FailureKind, { service, tls }: Endpoint, finding: PortFinding | undefined): FailureKind {
  const isVague = kind === 'closed' || kind === 'silent' || kind === 'not-tls' || kind === 'other-service'
  if (finding === undefined || !isVague) return kind
  if (finding.http && service !== 'HDFS' && !(finding.tls && !tls)) return 'other-service'
  if (finding.tls && !tls) return 'needs-tls'
  if (!finding.tls && tls) return 'not-tls'
  return kind
}

const isLoopback = (address: string) => /(^|[/@,\s])(127\.\d+\.\d+\.\d+|localhost|\[?::1\]?)(:|\/|$)/.test(address)

function sentenceOf(
  kind: FailureKind,
  said: string,
  { address, service, settings }: Endpoint,
  finding: PortFinding | undefined,
): readonly [what: string, fix: string] {
  const { tls, http } = finding ?? {}
  const certificate = tls
    ? `its certificate (of ${tls.subject}, issued by ${tls.issuer}, valid to ${tls.validTo})`
    : 'its certificate'
  switch (kind) {
    case 'refused':
      return [
        `nothing listens there (${said})`,
        isLoopback(address)
          ? `start it with 'tendance stack up', or set ${settings.address}`
          : `is it up, and is ${settings.address} right?`,
      ]
    case 'unresolved':
      return [
        `its name is not known to this machine (${said})`,
        `is ${settings.address} right, and does the name server answer?`,
      ]
    case 'unreachable':
      return [`there is no way to it from here (${said})`, `check the network, firewalls, and ${settings.address}`]
    case 'silent':
      return [
        `it does not answer in time (${said})`,
        `does the process hang, does a firewall swallow what is sent, is ${settings.address} right?`,
      ]
    case 'unknown-authority':
      return [
        `${certificate} is signed by an authority that is not trusted here (${said})`,
        `set ${settings.ca} to that authority's certificate`,
      ]
    case 'expired':
      return [`${certificate} is not valid now (${said})`, 'renew it, or set the clock of this machine']
    case 'other-name':
      return [
        `${certificate} is for another name (${said})`,
        `connect by a name that stands in it, in ${settings.address}`,
      ]
    case 'client-certificate':
      return [
        `it refuses the certificate that it was shown, or wants one (${said})`,
        `set ${settings.clientCertificate} to one that its authority has signed`,
      ]
    case 'not-tls':
      return [
        `it does not speak TLS (${said})`,
        `take ${settings.tls} away, or name the port that speaks TLS in ${settings.address}`,
      ]
    case 'needs-tls':
      return [
        `it speaks TLS with ${certificate.replace('its ', 'a ')} and was addressed without (${said})`,
        `set ${settings.tls}, or name the port without TLS in ${settings.address}`,
      ]
    case 'other-service': {
      const who = http
        ? `a web server answers there: '${http.status}'${http.server ? `, server: ${http.server}` : ''}`
        : 'another program answers there'
      return [`that is not ${service}: ${who} (${said})`, `set ${settings.address} to the address of ${service}`]
    }
    case 'closed':
      return [
        `it closes the connection (${said})`,
        `is it ${service} that listens there, with or without TLS as ${settings.address} says? Its own log may tell why`,
      ]
    default:
      return kind satisfies never
  }
}
