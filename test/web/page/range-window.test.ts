import { describe, expect, it } from 'vitest'
import { readWindow } from '../../../web/page/views/range-window.ts'

const NOW = Date.parse('2026-11-16T10:30:00Z')
const where = { zone: 'Europe/Paris', now: NOW, otherwise: '24h' } as const

describe('the hours of a range', () => {
  it('are those of its address: UTC hours, or moments of the zone', () => {
    expect(readWindow({ from: '2026-11-15T07', to: '2026-11-15T09' }, where)).toEqual({
      from: '2026-11-15T07',
      to: '2026-11-15T09',
      hours: 2,
    })
    expect(readWindow({ from: '2026-11-15T08:00', to: '2026-11-15T10:59' }, where)?.from).toBe('2026-11-15T07')
    expect(readWindow({ from: '2026-11-15T08:00', to: '2026-11-15T10:59' }, where)?.to).toBe('2026-11-15T09')
  })

  it('are the last that are over, when nobody says', () => {
    expect(readWindow({}, where)).toEqual({ from: '2026-11-15T10', to: '2026-11-16T10', hours: 24 })
    expect(readWindow({ last: '7d' }, where)?.hours).toBe(168)
    expect(readWindow({ last: 'toString' }, where)?.hours).toBe(24)
    expect(readWindow({ from: '2026-11-16T08' }, where)?.to).toBe('2026-11-16T10')
  })

  it('are none when the end is not after the beginning, or one is no moment', () => {
    expect(readWindow({ from: '2026-11-15T07', to: '2026-11-15T07' }, where)).toBeUndefined()
    expect(readWindow({ from: 'x', to: '2026-11-15T07' }, where)).toBeUndefined()
    expect(readWindow({ from: '2026-13-15T07', to: '2026-11-15T07' }, where)).toBeUndefined()
  })
})
