import { describe, expect, it } from 'vitest'
import { beginEdition, type Edition } from '../../model/editions.ts'
import { boundsOf } from '../../model/tally-merge.ts'
import { type HourId, hourEnd, slotId } from '../../model/time.ts'
import type { BatchDocument, SpeedDocument } from '../../views/documents.ts'
import { batchSource, emptySource, mergeSources, ownerOfHour, speedSource } from '../../views/hour-source.ts'
import { batchDocument, HOUR, newEdition, speedDocument } from './documents.ts'

const edition = (number: number, more: Partial<Edition>): Edition => ({
  ...beginEdition(newEdition(), number),
  ...more,
})
const owner = { edition: 1, extractor: 'hashtags@1' }
const batch = (more: Parameters<typeof batchDocument>[1] = {}): BatchDocument => ({
  ...batchDocument({ a: 1 }, more),
  _id: 'x',
  origin: 'batch',
})
const speed = (counts: Record<string, number>, more: Parameters<typeof speedDocument>[1] = {}): SpeedDocument => ({
  ...speedDocument(counts, more),
  _id: 'x',
  origin: 'speed',
})

describe('the owner of an hour', () => {
  const chain = [
    edition(3, {
      parent: 1,
      since: '2026-11-16T07' as HourId,
      until: '2026-11-16T09' as HourId,
      extractors: { hashtags: 'hashtags@2' },
    }),
    edition(1, {}),
  ]

  it.each([
    ['2026-11-16T06', 1, 'hashtags@1'],
    ['2026-11-16T07', 3, 'hashtags@2'],
    ['2026-11-16T08', 3, 'hashtags@2'],
    ['2026-11-16T09', 1, 'hashtags@1'],
  ])('%s is edition %i with %s: its range, else its parent', (hour, number, extractor) => {
    expect(ownerOfHour(chain, 'hashtags', hour as HourId, 'none')).toEqual({ edition: number, extractor })
  })

  it('is nobody before a root that begins later, and the extractor that counts live before any edition', () => {
    const late = [edition(1, { since: '2026-11-16T08' as HourId })]
    expect(ownerOfHour(late, 'hashtags', HOUR, 'none')).toBeNull()
    expect(ownerOfHour([], 'hashtags', HOUR, 'hashtags@2')).toEqual({ edition: null, extractor: 'hashtags@2' })
  })

  it('must have the board', () => {
    const without = [edition(1, { extractors: {} as Edition['extractors'] })]
    expect(() => ownerOfHour(without, 'hashtags', HOUR, 'none')).toThrow(/edition 1 of posts has no board 'hashtags'/)
  })
})

describe('an hour', () => {
  it('of batch is sealed, or amended when late records came, and can be looked up in its full tally', () => {
    expect(batchSource(batch(), owner)).toMatchObject({ origin: 'batch', standing: 'sealed' })
    const amended = batchSource(batch({ amendments: [{ at: 9, records: 37 }] }), owner)
    expect(amended).toMatchObject({ standing: 'amended', amendments: [{ at: 9, records: 37 }] })
    expect(amended.parts[0]?.full).toEqual({ path: '/t/1/2026-11-16T07' })
  })

  it('of speed is provisional, and adds its slots and partitions up', () => {
    const slots = [
      speed({ a: 3, b: 1 }, { copies: 2 }),
      speed({ a: 4 }, { partition: 1, copies: 1 }),
      speed({ b: 5 }, { slot: slotId(Date.parse('2026-11-16T07:55Z')), closed: true }),
    ]
    const source = speedSource(HOUR, slots, owner)
    expect(source).toMatchObject({ origin: 'speed', standing: 'provisional', copies: 3 })
    expect(boundsOf(mergeSources([source]), 'a')).toEqual({ lower: 7, upper: 7 })
    expect(mergeSources([source]).records).toBe(30)
  })

  it('that nobody has is a gap, unless it is sealed without records', () => {
    const now = hourEnd(HOUR)
    const gap = (ledger: Parameters<typeof emptySource>[2], at = now) => emptySource(HOUR, owner, ledger, at)
    expect(gap({ sealedAt: 1, records: 0 })).toMatchObject({ standing: 'sealed', gap: null })
    expect(gap({ sealedAt: 1, records: 5 })).toMatchObject({ standing: 'missing', gap: { why: 'not-computed' } })
    expect(gap({ sealedAt: null, records: 0 }).gap?.why).toBe('unknown')
    expect(gap(undefined).gap?.why).toBe('unknown')
    expect(gap(undefined, now - 1).gap?.why).toBe('ahead')
  })
})
