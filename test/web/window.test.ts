import { describe, expect, it } from 'vitest'
import { windowOf } from '../../web/read/window.ts'

const clock = () => Date.parse('2026-11-16T10:30:00Z')
const window = (query: Parameters<typeof windowOf>[0]) => windowOf(query, clock, 1_000)

describe('the hours that a request means', () => {
  it.each([
    [{}, '2026-11-16T09', '2026-11-16T10'],
    [{ hour: '2026-11-16T07' }, '2026-11-16T07', '2026-11-16T08'],
    [{ from: '2026-11-16T07' }, '2026-11-16T07', '2026-11-16T10'],
    [{ from: '2026-11-15T23', to: '2026-11-16T01' }, '2026-11-15T23', '2026-11-16T01'],
    [{ last: '24h' }, '2026-11-15T10', '2026-11-16T10'],
    [{ last: '2d' }, '2026-11-14T10', '2026-11-16T10'],
    [{ last: '1w' }, '2026-11-09T10', '2026-11-16T10'],
  ])('of %o are from %s to %s', (query, from, to) => {
    expect(window(query)).toEqual({ from, to })
  })

  it.each([
    [{ hour: '2026-11-16T07', last: '24h' }, /hour and last cannot stand together/],
    [{ hour: '2026-11-16T07', from: '2026-11-16T07' }, /hour and from/],
    [{ to: '2026-11-16T07' }, /'to' needs 'from'/],
    [{ from: '2026-11-16T07', to: '2026-11-16T07' }, /before 'to'/],
    [{ from: '2026-11-16T10' }, /before 'to'/],
    [{ from: '2020-01-01T00' }, /at most 1000 hours/],
    [{ last: '99999w' }, /at most 1000 hours/],
  ])('of %o are none', (query, message) => {
    expect(() => window(query)).toThrow(message)
  })
})
