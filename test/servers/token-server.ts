/**
 * A small OAuth 2 token server: client credentials against a real signature (RS256), with the keys (JWKS) by which Kafka's own
 * validator checks it.
 */

import { createSign, generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'

export interface TokenServer extends AsyncDisposable {
  readonly tokenUrl: string
  readonly jwksUrl: string
  /** How many tokens it has given. */
  readonly given: number
  /** From now on. `unavailable`: it answers 503. */
  set(how: { readonly lifeS?: number; readonly unavailable?: boolean }): void
}

export interface TokenServerOptions {
  readonly clientId: string
  readonly clientSecret: string
  readonly issuer: string
  readonly audience: string
  /** https, with these PEM texts. */
  readonly tls?: { readonly key: string; readonly cert: string }
}

export async function startTokenServer(options: TokenServerOptions): Promise<TokenServer> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 })
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'test', use: 'sig', alg: 'RS256' }
  let given = 0
  let lifeS = 300
  let unavailable = false

  const token = (scope: string): string => {
    const part = (json: object) => Buffer.from(JSON.stringify(json)).toString('base64url')
    const now = Math.floor(Date.now() / 1_000)
    const head = part({ alg: 'RS256', kid: 'test', typ: 'JWT' })
    const claims = { iss: options.issuer, aud: options.audience, sub: options.clientId, scope }
    const signed = `${head}.${part({ ...claims, iat: now, exp: now + lifeS, jti: String(given) })}`
    return `${signed}.${createSign('RSA-SHA256').update(signed).sign(privateKey).toString('base64url')}`
  }

  const answer = (request: { url: string; authorization: string; body: string }): [status: number, body: object] => {
    if (request.url === '/jwks') return [200, { keys: [jwk] }]
    if (unavailable) return [503, {}]
    const [id, secret] = Buffer.from(request.authorization.replace(/^Basic /, ''), 'base64')
      .toString()
      .split(':')
    const decoded = (text = '') => decodeURIComponent(text.replaceAll('+', ' '))
    if (decoded(id) !== options.clientId || decoded(secret) !== options.clientSecret) {
      return [401, { error: 'invalid_client', error_description: 'unknown client or wrong secret' }]
    }
    const form = new URLSearchParams(request.body)
    if (form.get('grant_type') !== 'client_credentials') return [400, { error: 'unsupported_grant_type' }]
    given++
    return [200, { access_token: token(form.get('scope') ?? ''), token_type: 'Bearer', expires_in: lifeS }]
  }

  const server = (options.tls ? createTlsServer(options.tls) : createServer()).listen(0, '127.0.0.1')
  server.on('request', async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const [status, json] = answer({
      url: request.url ?? '',
      authorization: request.headers.authorization ?? '',
      body,
    })
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json))
  })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const base = `${options.tls ? 'https' : 'http'}://localhost:${port}`
  return {
    tokenUrl: `${base}/token`,
    jwksUrl: `${base}/jwks`,
    get given() {
      return given
    },
    set(how) {
      lifeS = how.lifeS ?? lifeS
      unavailable = how.unavailable ?? unavailable
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
