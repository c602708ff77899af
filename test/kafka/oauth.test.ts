import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { createTokenSource } from '../../kafka/oauth.ts'
import { createAuthority } from '../servers/certificates.ts'
import { startTokenServer } from '../servers/token-server.ts'

const CLIENT = { clientId: 'tendance', clientSecret: 'colon: percent% plus+ ü' }
const AT_TOKENS = { ...CLIENT, issuer: 'https://tokens.test', audience: 'kafka' }

it('keeps a token for four fifths of its life, shares one request, and outlives a server that is away for a while', async () => {
  await using server = await startTokenServer(AT_TOKENS)
  let now = Date.now()
  const source = { ...CLIENT, tokenUrl: server.tokenUrl, scope: 'a b', ca: undefined }
  const token = createTokenSource(source, () => now)
  server.set({ lifeS: 200 })
  const first = await Promise.all([token(), token(), token()])
  expect(new Set(first).size).toBe(1)
  expect(server.given).toBe(1)
  now += 159_000
  expect(await token()).toBe(first[0])
  now += 2_000
  server.set({ unavailable: true })
  expect(await token()).toBe(first[0])
  now += 40_000
  await expect(token()).rejects.toMatchObject({ code: 'unavailable' })
  server.set({ unavailable: false })
  expect(await token()).not.toBe(first[0])
  expect(server.given).toBe(2)
})

it('never gives a token that ends within half a minute while it can have a new one', async () => {
  await using server = await startTokenServer(AT_TOKENS)
  let now = Date.now()
  const token = createTokenSource({ ...CLIENT, tokenUrl: server.tokenUrl, scope: undefined, ca: undefined }, () => now)
  server.set({ lifeS: 60 })
  const first = await token()
  now += 29_000
  expect(await token()).toBe(first)
  now += 2_000
  expect(await token()).not.toBe(first)
})

it('trusts an authority of its own for the token server, and none but the known ones without it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tendance-oauth-'))
  const authority = await createAuthority(folder)
  const { certFile, keyFile } = await authority.sign('tokens', ['localhost'])
  const tls = { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') }
  await using server = await startTokenServer({ ...AT_TOKENS, tls })
  const source = { ...CLIENT, tokenUrl: server.tokenUrl, scope: undefined }
  const ca = [readFileSync(authority.caFile, 'utf8')]
  expect(await createTokenSource({ ...source, ca }, Date.now)()).toMatch(/^ey/)
  await expect(createTokenSource({ ...source, ca: undefined }, Date.now)()).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringMatching(/unable to verify|self-signed/),
  })
  await rm(folder, { recursive: true })
})
