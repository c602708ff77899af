/**
 * Who may ask what.
 *
 * - Reading is open on loopback. Beyond it, and for whatever changes something, the request carries `Authorization: Bearer <web.token>`.
 *   A header, never a cookie: a browser sends it for no page but ours, so a foreign page cannot act in a person's name (CSRF).
 * - The Host header is one of ours: a foreign name that was pointed at 127.0.0.1 (DNS rebinding) is refused before anything else.
 * - A request that changes something and says that it comes from another site is refused, token or not.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { isIPv4, isIPv6 } from 'node:net'
import type { Config } from '../../app/config.ts'
import { AppError } from '../../model/errors.ts'
import { Refusal } from './problem.ts'

export interface Access {
  readonly reading: 'open' | 'token'
  readonly changing: 'token' | 'off'
  /** @throws Refusal `misdirected` */
  checkHost(host: string | undefined): void
  /** @throws Refusal `forbidden` when the request says that another site makes it */
  checkOrigin(headers: Headers): void
  /** @throws Refusal `unauthorised`, `forbidden` when changing is off */
  checkRight(right: 'read' | 'change', headers: Headers): void
  /** Whether the request has the right token. */
  isAuthorised(headers: Headers): boolean
}

interface Headers {
  readonly [name: string]: string | readonly string[] | undefined
}

type WebSettings = Pick<Config['web'], 'host' | 'token' | 'hosts' | 'origins'>

/** @throws AppError `bad-config` when it would be open to a network without a token */
export function createAccess({ host, token, hosts, origins }: WebSettings): Access {
  const local = isLoopback(host)
  if (!local && token === undefined) {
    throw new AppError(
      'bad-config',
      `web.host is ${host}: whoever reaches this machine could read everything. Set web.token (TENDANCE_WEB_TOKEN, 16 characters or more), or listen on 127.0.0.1`,
      { facts: { host } },
    )
  }
  const expected = token === undefined ? undefined : digest(token)
  const names = new Set(['localhost', '127.0.0.1', '[::1]', ...[host, ...hosts].map(nameOf)])

  function isAuthorised(headers: Headers): boolean {
    const [scheme, given] = single(headers['authorization']).split(/ +/, 2)
    if (expected === undefined || scheme?.toLowerCase() !== 'bearer' || !given) return false
    // of equal length, so that the comparison's time says nothing of the token, not even its length
    return timingSafeEqual(digest(given), expected)
  }

  return {
    reading: local ? 'open' : 'token',
    changing: token === undefined ? 'off' : 'token',
    isAuthorised,
    checkHost(given) {
      if (given !== undefined && names.has(nameOf(given))) return
      // any address of this machine is it, when it listens on all of them: rebinding needs a name
      const isEvery = host === '0.0.0.0' || host === '::'
      if (isEvery && given !== undefined && isAddress(nameOf(given))) return
      throw new Refusal(
        'misdirected',
        `This is not ${given ?? 'a server without a name'}; web.hosts lists further names`,
      )
    },
    checkOrigin(headers) {
      const origin = single(headers['origin'])
      if (origin !== '' && !origins.includes(origin) && !isOwn(origin, single(headers['host']))) {
        throw new Refusal(
          'forbidden',
          `The request comes from ${origin}, another site; web.origins lists those that may`,
        )
      }
      const site = single(headers['sec-fetch-site'])
      if (origin === '' && (site === 'cross-site' || site === 'same-site')) {
        throw new Refusal('forbidden', 'The request comes from another site')
      }
    },
    checkRight(right, headers) {
      if (right === 'read' && local) return
      if (right === 'change' && expected === undefined) {
        throw new Refusal('forbidden', 'Nothing can be changed here: no web.token is set (TENDANCE_WEB_TOKEN)')
      }
      if (isAuthorised(headers)) return
      const given = headers['authorization'] === undefined ? 'missing' : 'wrong'
      throw new Refusal('unauthorised', `The token is ${given}: send it as 'Authorization: Bearer …' (web.token)`, {
        'WWW-Authenticate': 'Bearer realm="tendance"',
      })
    },
  }
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'))
}

/** `[::1]:8420` → `[::1]`, `Example.org:80` → `example.org`. */
function nameOf(host: string): string {
  const bare = isIPv6(host) ? `[${host}]` : host
  return bare.replace(/:\d*$/, '').replace(/\.$/, '').toLowerCase()
}

function isAddress(name: string): boolean {
  return isIPv4(name) || isIPv6(name.replace(/^\[|\]$/g, ''))
}

function isOwn(origin: string, host: string): boolean {
  return URL.canParse(origin) && new URL(origin).host === host.toLowerCase()
}

function single(header: string | readonly string[] | undefined): string {
  return typeof header === 'string' ? header : (header?.[0] ?? '')
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
