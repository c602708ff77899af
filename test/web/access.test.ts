import { describe, expect, it } from 'vitest'
import { createAccess, isLoopback } from '../../web/server/access.ts'

const TOKEN = '0123456789abcdef-token'
const local = { host: '127.0.0.1', token: TOKEN, hosts: [], origins: [] }
const open = { ...local, host: '0.0.0.0' }
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

describe('the Host header', () => {
  const access = createAccess({ ...local, hosts: ['trends.example.org'] })

  it.each([
    '127.0.0.1:8420',
    'localhost:8420',
    'LOCALHOST',
    '[::1]:8420',
    'trends.example.org',
    'trends.example.org.:80',
  ])('is ours as %s', (host) => {
    expect(() => access.checkHost(host)).not.toThrow()
  })

  it.each(['evil.example', '127.0.0.1.evil.example', 'evil.example:8420', '192.168.1.5:8420', '', undefined])(
    'is a foreign name as %s: DNS rebinding gets nothing',
    (host) => {
      expect(() => access.checkHost(host)).toThrow(expect.objectContaining({ code: 'misdirected' }))
    },
  )

  it('may be any address, and no foreign name, when the server listens on all', () => {
    const access = createAccess(open)
    expect(() => access.checkHost('192.168.1.5:8420')).not.toThrow()
    expect(() => access.checkHost('[fe80::1]:8420')).not.toThrow()
    expect(() => access.checkHost('evil.example')).toThrow(expect.objectContaining({ code: 'misdirected' }))
  })
})

describe('reading', () => {
  it('is open on loopback, and needs the token beyond it', () => {
    expect(() => createAccess(local).checkRight('read', {})).not.toThrow()
    expect(() => createAccess(open).checkRight('read', {})).toThrow(expect.objectContaining({ code: 'unauthorised' }))
    expect(() => createAccess(open).checkRight('read', bearer(TOKEN))).not.toThrow()
  })

  it('is not possible beyond loopback when there is no token: the server does not start', () => {
    const token = undefined
    expect(() => createAccess({ ...open, token })).toThrow(expect.objectContaining({ code: 'bad-config' }))
    expect(() => createAccess({ ...open, host: '192.168.1.5', token })).toThrow(/web\.token/)
    expect(() => createAccess({ ...local, token })).not.toThrow()
  })
})

describe('changing', () => {
  const access = createAccess(local)

  it('takes the right token', () => {
    expect(() => access.checkRight('change', bearer(TOKEN))).not.toThrow()
    expect(() => access.checkRight('change', { authorization: `bearer  ${TOKEN}` })).not.toThrow()
  })

  it.each([
    ['none', {}],
    ['another', bearer('another-token-of-22-ch')],
    ['a shorter one', bearer(TOKEN.slice(0, -1))],
    ['a longer one', bearer(`${TOKEN}x`)],
    ['an empty one', bearer('')],
    ['one in another scheme', { authorization: `Basic ${TOKEN}` }],
    ['one without scheme', { authorization: TOKEN }],
    ['one in a cookie', { cookie: `token=${TOKEN}` }],
  ])('is refused with %s', (_, headers) => {
    expect(() => access.checkRight('change', headers)).toThrow(expect.objectContaining({ code: 'unauthorised' }))
  })

  it('is off when there is no token, whatever is sent', () => {
    const access = createAccess({ ...local, token: undefined })
    expect(access.changing).toBe('off')
    expect(() => access.checkRight('change', bearer('undefined'))).toThrow(
      expect.objectContaining({ code: 'forbidden' }),
    )
  })
})

describe('a request that another site makes', () => {
  const access = createAccess({ ...local, origins: ['https://friend.example'] })
  const host = { host: '127.0.0.1:8420' }

  it.each([
    ['from our own page', { ...host, origin: 'http://127.0.0.1:8420', 'sec-fetch-site': 'same-origin' }],
    ['from a friend', { ...host, origin: 'https://friend.example', 'sec-fetch-site': 'cross-site' }],
    ['from a program', host],
    ['typed by a person', { ...host, 'sec-fetch-site': 'none' }],
  ])('is taken %s', (_, headers) => {
    expect(() => access.checkOrigin(headers)).not.toThrow()
  })

  it.each([
    ['from a stranger', { ...host, origin: 'https://evil.example' }],
    ['from another port of this machine', { ...host, origin: 'http://127.0.0.1:3000' }],
    ['from a page without origin', { ...host, origin: 'null' }],
    ['that hides its origin', { ...host, 'sec-fetch-site': 'cross-site' }],
    ['from a neighbour', { ...host, 'sec-fetch-site': 'same-site' }],
  ])('is refused %s', (_, headers) => {
    expect(() => access.checkOrigin(headers)).toThrow(expect.objectContaining({ code: 'forbidden' }))
  })
})

describe('loopback', () => {
  it.each(['127.0.0.1', '127.9.9.9', '::1', 'localhost'])('is %s', (host) => expect(isLoopback(host)).toBe(true))
  it.each(['0.0.0.0', '::', '10.0.0.1', '127.evil.example', 'example.org'])('is not %s', (host) =>
    expect(isLoopback(host)).toBe(false),
  )
})
