/**
 * Whoever answers WebHDFS: one NameNode, the active one of several, or a gateway (HttpFS, Knox). Knows where it is, proves who we are,
 * and goes on to the next address when one is on standby or does not answer.
 *
 * Boundary: it asks once; whoever calls it tries again, and is then answered by the next address. A rename must not be repeated blindly,
 * so moving on is never hidden in here.
 */
import { type AppError, isAppError } from '../../model/errors.ts'
import { type HdfsAccess, type HdfsAddress, hdfsAddresses, hdfsTls } from './access.ts'
import { type HdfsCall, remoteError } from './errors.ts'
import { type Agents, type Answer, createAgents, type Exchange, exchange, type ServerDate } from './http.ts'
import { negotiateHeader } from './spnego.ts'

export type Query = Readonly<Record<string, string>>
export type Method = Exchange['method']

/** What a NameNode says that is not the active one, or is just becoming it. */
const ELSEWHERE = new Set(['StandbyException', 'RetriableException'])

export interface NameNodeOptions {
  readonly maxSockets?: number
  /** Called with what the NameNode's clock says, at each of its answers. */
  readonly onDate?: ((date: ServerDate) => void) | undefined
}

export class HdfsNameNode implements Disposable {
  /** For messages. */
  readonly address: string
  readonly #access: HdfsAccess
  readonly #addresses: readonly HdfsAddress[]
  readonly #agents: Agents
  /** The signed cookie by which each address knows us again; saves a ticket a request. */
  readonly #cookies = new Map<string, string>()
  readonly #onDate: NameNodeOptions['onDate']
  #at = 0

  /** @throws AppError `bad-config` */
  constructor(access: HdfsAccess, options: NameNodeOptions = {}) {
    const { maxSockets, onDate } = options
    this.#access = access
    this.#onDate = onDate
    this.#addresses = hdfsAddresses(access.url)
    this.address = this.#addresses.map(({ base }) => base).join(', ')
    this.#agents = createAgents(hdfsTls(access), maxSockets)
  }

  /** Whether DataNodes are hidden from us. */
  get isGateway(): boolean {
    return this.#addresses.some(({ isGateway }) => isGateway)
  }

  /** One call. @throws AppError: `remoteError` for a status of 400 or more, `connectionError` for no answer */
  async ask(method: Method, op: string, path: string, query: Query, signal?: AbortSignal): Promise<Answer> {
    const at = this.#at
    const { base } = this.#addresses[at]!
    const call: HdfsCall = { op, path, address: base }
    const search = new URLSearchParams({ op, ...this.#identity(), ...query })
    const url = `${base}${path.split('/').map(encodeURIComponent).join('/')}?${search}`
    try {
      const answer = await this.#proven(base, { method, url, call, signal, onDate: this.#onDate })
      if (answer.status >= 400) throw remoteError(call, answer.status, answer.body.toString())
      return answer
    } catch (error) {
      // several calls may fail at once: the first of them moves on
      if (isAppError(error) && isElsewhere(error) && this.#at === at) this.#at = (at + 1) % this.#addresses.length
      throw error
    }
  }

  /** Goes where an answer pointed to: a DataNode, or back to the gateway. @throws as `ask` */
  async follow(location: string, options: Omit<Exchange, 'url' | 'headers'>): Promise<Buffer> {
    const { origin } = new URL(location)
    const home = this.#addresses.find(({ base }) => new URL(base).origin === origin)
    const exchanged = { ...options, url: location }
    const answer = home ? await this.#proven(home.base, exchanged) : await exchange(this.#agents, exchanged)
    if (answer.status >= 300) throw remoteError(options.call, answer.status, answer.body.toString())
    return answer.body
  }

  [Symbol.dispose](): void {
    this.#agents[Symbol.dispose]()
  }

  #identity(): Query {
    const { user, password, delegationToken, kerberos } = this.#access
    if (delegationToken !== undefined) return { delegation: delegationToken }
    return kerberos || password !== undefined ? {} : { 'user.name': user }
  }

  async #proven(base: string, options: Exchange): Promise<Answer> {
    const { user, password, kerberos, delegationToken } = this.#access
    if (password !== undefined) {
      const credentials = Buffer.from(`${user}:${password}`).toString('base64')
      return exchange(this.#agents, { ...options, headers: { authorization: `Basic ${credentials}` } })
    }
    if (!kerberos || delegationToken !== undefined) return exchange(this.#agents, options)
    const { origin, hostname } = new URL(base)
    const cookie = this.#cookies.get(origin)
    if (cookie !== undefined) {
      const answer = await exchange(this.#agents, { ...options, headers: { cookie } })
      if (answer.status !== 401) return answer
      // it has ended: the answer says so before anything was done
      this.#cookies.delete(origin)
    }
    const answer = await exchange(this.#agents, {
      ...options,
      headers: { authorization: await negotiateHeader(hostname) },
    })
    const signed = answer.headers['set-cookie']?.find((one) => /^hadoop\.auth="?[^";]/.test(one))
    if (signed !== undefined) this.#cookies.set(origin, signed.split(';')[0]!)
    return answer
  }
}

function isElsewhere(error: AppError): boolean {
  if (error.code !== 'unavailable') return false
  const { exception, status } = error.facts
  // no answer, or an answer that no HDFS wrote: a proxy before a NameNode that is away
  return status === undefined || String(exception).startsWith('HTTP ') || ELSEWHERE.has(String(exception))
}
