import { describe, expect, it } from 'vitest'
import { Api, ageOf, GONE, question } from '../../../web/page/state/api.ts'

const EDITIONS = question('editions')

/** A server that answers what it is told to, one after another; `null`: nobody is there. */
function apiOver(...answers: readonly (readonly [status: number, body: unknown] | null)[]) {
  const asked: Request[] = []
  let changes = 0
  let now = 1_000
  const api = new Api({
    known: {},
    clock: () => now++,
    onChange: () => changes++,
    fetch: async (input, init) => {
      asked.push(new Request(new URL(String(input), 'http://here'), init))
      const next = answers[asked.length - 1]
      if (!next) throw new TypeError('Failed to fetch')
      return new Response(JSON.stringify(next[1]), { status: next[0] })
    },
  })
  return { api, asked, changes: () => changes }
}

describe('what the page knows', () => {
  it('stays when nobody answers any more, and is said to be old', async () => {
    const { api, changes } = apiOver([200, { live: null, editions: [], stale: null }], null)
    await api.ask(EDITIONS)
    const first = api.known(EDITIONS)!
    expect([ageOf(first), first.at]).toEqual([null, 1_000])
    await api.ask(EDITIONS)
    const then = api.known(EDITIONS)!
    expect(then.data).toBe(first.data)
    expect(then.problem?.code).toBe(GONE)
    expect(ageOf(then)).toEqual({ since: 1_000, away: 'server', why: '' })
    expect(changes()).toBe(2)
  })

  it('is as old as the server says, when that has it from before itself', async () => {
    const stale = { since: 7, service: 'MongoDB', why: 'no answer' }
    const failed = { status: 500, code: 'internal', detail: 'the log says more' }
    const { api } = apiOver([200, { editions: [], stale }], [500, failed])
    await api.ask(EDITIONS)
    expect(ageOf(api.known(EDITIONS)!)).toEqual({ since: 7, away: 'MongoDB', why: 'no answer' })
    await api.ask(EDITIONS)
    expect(ageOf(api.known(EDITIONS)!)).toEqual({ since: 7, away: null, why: 'the log says more' })
  })

  it('goes when the answer is that it is no more', async () => {
    const gone = { status: 404, code: 'not-found', detail: 'no such edition' }
    const { api } = apiOver([200, { editions: [], stale: null }], [404, gone])
    await api.ask(EDITIONS)
    await api.ask(EDITIONS)
    expect(api.known(EDITIONS)).toMatchObject({ data: null, problem: gone })
  })

  it('is asked for once, however many ask at the same time, with the token when there is one', async () => {
    const { api, asked } = apiOver([200, {}], [200, {}])
    await Promise.all([api.ask(EDITIONS), api.ask(EDITIONS)])
    expect(asked).toHaveLength(1)
    expect(asked[0]!.headers.get('authorization')).toBeNull()
    api.token = 'secret'
    await api.ask(EDITIONS)
    expect(asked[1]!.headers.get('authorization')).toBe('Bearer secret')
  })
})

describe('a token', () => {
  it('is tried before it is kept', async () => {
    const { api, asked } = apiOver([200, { authorised: false }], [200, { authorised: true }])
    expect(await api.accepts('wrong')).toBe(false)
    expect(await api.accepts('right')).toBe(true)
    expect(asked.map(({ headers }) => headers.get('authorization'))).toEqual(['Bearer wrong', 'Bearer right'])
    expect(api.token).toBeNull()
  })

  it('is wrong without asking when no header could carry it; nobody there is no answer', async () => {
    const { api, asked } = apiOver(null)
    expect(await api.accepts('schlüssel im schloss')).toBe(false)
    expect(asked).toHaveLength(0)
    await expect(api.accepts('right')).rejects.toMatchObject({ code: GONE })
  })
})

it('a question fills its path first, then its query', () => {
  expect(question('diff', { a: 1, b: 2, n: 5, from: undefined }).path).toBe('/api/v1/editions/1/diff/2?n=5')
  expect(question('run', { id: 'a b/c' }).path).toBe('/api/v1/runs/a%20b%2Fc')
})
