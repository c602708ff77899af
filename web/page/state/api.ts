/**
 * What the page knows of the API: answers by path, asked again when they age, kept when nobody answers. The server fills it before
 * the first paint; the browser goes on from there.
 */
import type { Problem, ServiceName, Stale } from '../../contract/common.ts'
import type { BodyOf, ResponseOf, RouteName, routes } from '../../contract/routes.ts'

type PathOf<R extends RouteName> = (typeof routes)[R]['path']

/** The paths again, without the schemas, which a browser does not need; tsc holds them against the contract. */
const PATHS: { readonly [R in Readable]: PathOf<R> } = {
  about: '/api/v1/about',
  now: '/api/v1/now',
  top: '/api/v1/top',
  term: '/api/v1/term',
  hours: '/api/v1/hours',
  sources: '/api/v1/sources',
  pipeline: '/api/v1/pipeline',
  editions: '/api/v1/editions',
  diff: '/api/v1/editions/{a}/diff/{b}',
  runs: '/api/v1/runs',
  run: '/api/v1/runs/{id}',
}
type Readable =
  | 'about'
  | 'now'
  | 'top'
  | 'term'
  | 'hours'
  | 'sources'
  | 'pipeline'
  | 'editions'
  | 'diff'
  | 'runs'
  | 'run'

/** A question to the API; its path is its key. */
export interface Question<R extends Readable = Readable> {
  readonly route: R
  readonly path: string
}

type Values = Readonly<Record<string, string | number | undefined>>

/** @param values fill `{names}` of the path; the others become its query */
export function question<R extends Readable>(route: R, values: Values = {}): Question<R> {
  const query = new URLSearchParams()
  let path: string = PATHS[route]
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue
    if (path.includes(`{${name}}`)) path = path.replace(`{${name}}`, encodeURIComponent(value))
    else query.set(name, String(value))
  }
  return { route, path: query.size === 0 ? path : `${path}?${query}` }
}

export interface Known<T = unknown> {
  readonly data: T | null
  /** Of the last try, when it failed; `data` is from before. */
  readonly problem: Problem | null
  /** When `data` was got, ms. */
  readonly at: number
}

/** The answers of a page that the server has rendered: what the browser goes on from. */
export type KnownByPath = Readonly<Record<string, Known>>

export const GONE = 'gone'

/** Nobody answered: no HTTP, so no problem+json either; the page has its own words for it. */
export const GONE_PROBLEM: Problem = {
  type: `urn:tendance:problem:${GONE}`,
  ...{ title: '', status: 503, code: GONE, detail: '', instance: '' },
}

export function toKnown(status: number, text: string, at: number): Known {
  try {
    const body: unknown = JSON.parse(text)
    return status < 400 ? { data: body, problem: null, at } : { data: null, problem: body as Problem, at }
  } catch {
    return { data: null, problem: GONE_PROBLEM, at }
  }
}

export interface ApiOptions {
  readonly known: KnownByPath
  readonly fetch: typeof fetch
  readonly clock: () => number
  /** Called when something is known anew. */
  readonly onChange: () => void
}

export class Api {
  readonly #options: ApiOptions
  readonly #known: Map<string, Known>
  readonly #asking = new Map<string, Promise<void>>()
  #token: string | null = null

  constructor(options: ApiOptions) {
    this.#options = options
    this.#known = new Map(Object.entries(options.known))
  }

  /** Kept in memory only; the browser part keeps it for the tab. */
  set token(token: string | null) {
    this.#token = token
    for (const [path, { data }] of this.#known) if (data === null) this.#known.delete(path)
  }

  get token(): string | null {
    return this.#token
  }

  get headers(): Readonly<Record<string, string>> {
    return this.#token === null ? {} : { Authorization: `Bearer ${this.#token}` }
  }

  known<R extends Readable>({ path }: Question<R>): Known<ResponseOf<R>> | undefined {
    return this.#known.get(path) as Known<ResponseOf<R>> | undefined
  }

  /** Asks, unless it is being asked. Never rejects: what went wrong is known then. */
  ask({ path }: Question): Promise<void> {
    const already = this.#asking.get(path)
    if (already) return already
    const asking = this.#fetch(path).finally(() => this.#asking.delete(path))
    this.#asking.set(path, asking)
    return asking
  }

  /** Whether the server takes a token. @throws Problem */
  async accepts(token: string): Promise<boolean> {
    // what a header cannot carry is no token of any server
    if (!/^[\x21-\x7e]+$/.test(token)) return false
    const { data, problem } = await this.#send(PATHS.about, { headers: { Authorization: `Bearer ${token}` } })
    if (problem) throw problem
    return (data as ResponseOf<'about'>).authorised
  }

  /** @returns what the server answered; @throws Problem */
  async change<R extends 'publish' | 'reject' | 'rollback' | 'recompute' | 'preview'>(
    path: string,
    body: BodyOf<R>,
  ): Promise<ResponseOf<R>> {
    const headers = { ...this.headers, 'Content-Type': 'application/json' }
    const { data, problem } = await this.#send(path, { method: 'POST', headers, body: JSON.stringify(body) })
    if (problem) throw problem
    return data as ResponseOf<R>
  }

  /** Never rejects: who does not answer is a problem too. */
  async #send(path: string, init: RequestInit): Promise<Known> {
    const { fetch, clock } = this.#options
    try {
      const response = await fetch(path, init)
      return toKnown(response.status, await response.text(), clock())
    } catch {
      return { data: null, problem: GONE_PROBLEM, at: clock() }
    }
  }

  async #fetch(path: string): Promise<void> {
    const known = await this.#send(path, { headers: this.headers })
    const before = this.#known.get(path)
    const isGone = known.problem !== null && known.problem.status >= 500
    this.#known.set(path, isGone && before?.data ? { ...before, problem: known.problem } : known)
    this.#options.onChange()
  }
}

/** Since when what is shown is not fresh, and why. */
export interface Age {
  readonly since: number
  /** Who does not answer; null: the server does, but not with that. */
  readonly away: ServiceName | 'server' | null
  /** In the server's words; empty when it says nothing. */
  readonly why: string
}

/** null: it is fresh. */
export function ageOf({ data, problem, at }: Known<{ readonly stale?: Stale }>): Age | null {
  if (!data) return null
  const { stale = null } = data
  if (problem) return { since: stale?.since ?? at, away: problem.code === GONE ? 'server' : null, why: problem.detail }
  return stale && { since: stale.since, away: stale.service, why: stale.why }
}
