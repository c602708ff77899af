import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type ArchiveStanding,
  completenessOf,
  HOUR_STATES,
  type HourEvidence,
  lagOf,
  sealDueAt,
  stateOf,
} from '../../model/ledger.ts'
import { HOUR_MS, type HourId, hourEnd, hourOf, MINUTE_MS, nextHour } from '../../model/time.ts'

const HOUR = '2026-11-16T07' as HourId
const GRACE = 2 * MINUTE_MS
const DUE = Date.parse('2026-11-16T08:15:00Z')

const lookedAt = (at: number, lag = 0): ArchiveStanding => ({
  at,
  partitions: [
    { partition: 0, high: 10, archived: 10 },
    { partition: 1, high: 10, archived: 10 - lag },
  ],
})
const at = (more: Partial<HourEvidence>): HourEvidence => ({
  hour: HOUR,
  now: DUE + 1,
  graceMs: GRACE,
  first: '2026-11-01T00' as HourId,
  entry: { sealedAt: 1, records: 5, files: 1 },
  quarantined: 0,
  computed: null,
  failedAt: null,
  archive: lookedAt(DUE),
  ...more,
})
const computed = { complete: true, amended: false, at: 50 }

describe('the state of an hour', () => {
  it.each([
    ['computed', { computed }],
    ['amended', { computed: { ...computed, amended: true } }],
    ['sealed', {}],
    ['sealed', { computed: { ...computed, complete: false } }],
    ['failed', { failedAt: 40 }],
    ['failed', { computed, failedAt: 51 }],
    ['computed', { computed, failedAt: 49 }],
    ['open', { entry: { sealedAt: null, records: 5, files: 1 }, now: DUE }],
    ['behind', { entry: { sealedAt: null, records: 5, files: 1 } }],
    ['gap', { entry: undefined }],
    ['gap', { entry: { sealedAt: 1, records: 0, files: 0 } }],
    ['sealed', { entry: { sealedAt: 1, records: 0, files: 0 }, quarantined: 7 }],
    ['open', { entry: undefined, now: DUE }],
    ['behind', { entry: undefined, archive: null }],
    ['behind', { entry: undefined, archive: lookedAt(hourEnd(HOUR)) }],
    ['behind', { entry: undefined, archive: lookedAt(DUE, 3) }],
    ['none', { entry: undefined, first: nextHour(HOUR) }],
    ['none', { entry: undefined, first: null }],
    ['none', { now: Date.parse('2026-11-16T06:59:00Z') }],
  ] as const)('is %s with %j', (state, more) => {
    expect(stateOf(at(more))).toBe(state)
  })

  it('is always one, and an entry with records is never a gap, nor one without a hole to look into behind', () => {
    const instant = fc.integer({ min: hourEnd(HOUR) - 2 * HOUR_MS, max: hourEnd(HOUR) + 4 * HOUR_MS })
    const evidence = fc.record({
      hour: fc.constant(HOUR),
      now: instant,
      graceMs: fc.integer({ min: 0, max: 2 * HOUR_MS }),
      first: fc.constantFrom(null, nextHour(HOUR, -5), HOUR, nextHour(HOUR, 5)),
      entry: fc.option(fc.record({ sealedAt: fc.constantFrom(null, 1), records: fc.nat(3), files: fc.nat(2) }), {
        nil: undefined,
      }),
      quarantined: fc.nat(1),
      computed: fc.option(fc.record({ complete: fc.boolean(), amended: fc.boolean(), at: instant }), { nil: null }),
      failedAt: fc.option(instant, { nil: null }),
      archive: fc.option(
        instant.map((ms) => lookedAt(ms)),
        { nil: null },
      ),
    })
    fc.assert(
      fc.property(evidence, (one) => {
        const state = stateOf(one)
        expect(HOUR_STATES).toContain(state)
        if (one.entry && one.entry.files > 0) expect(state).not.toBe('gap')
        if (state === 'computed' || state === 'amended') expect(one.computed?.complete).toBe(true)
        if (state === 'behind') expect(one.now).toBeGreaterThan(sealDueAt(HOUR, one.graceMs))
      }),
    )
  })
})

describe('when an hour should be sealed', () => {
  it('is a quarter past, with the usual grace; an hour later when the grace goes beyond five past', () => {
    expect(sealDueAt(HOUR, GRACE)).toBe(DUE)
    expect(sealDueAt(HOUR, 5 * MINUTE_MS)).toBe(DUE)
    expect(sealDueAt(HOUR, 5 * MINUTE_MS + 1)).toBe(DUE + HOUR_MS)
  })

  it('is never before its end and the grace, and at most an hour and a quarter after', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5 * HOUR_MS }), (graceMs) => {
        const wait = sealDueAt(HOUR, graceMs) - hourEnd(HOUR) - graceMs
        expect(wait).toBeGreaterThanOrEqual(10 * MINUTE_MS)
        expect(wait).toBeLessThan(HOUR_MS + 10 * MINUTE_MS)
        expect(hourOf(sealDueAt(HOUR, graceMs)) > HOUR).toBe(true)
      }),
    )
  })
})

describe('completeness', () => {
  const none = { files: 0, records: 0 }
  it.each([
    [
      'all counted, copies too',
      { records: 100, computed: { records: 90, copies: 10, lacking: 0 } },
      { computed: 1, archived: 1 },
    ],
    [
      'some set aside',
      { records: 80, quarantined: { files: 1, records: 20 }, computed: { records: 80, copies: 0, lacking: 20 } },
      { computed: 1, archived: 1 },
    ],
    [
      'late ones not computed yet',
      { records: 200, computed: { records: 100, copies: 50, lacking: 0 } },
      { computed: 0.75, archived: 1 },
    ],
    [
      'some lost',
      { records: 75, lost: 25, computed: { records: 75, copies: 0, lacking: 0 } },
      { computed: 1, archived: 0.75 },
    ],
    ['not computed', { records: 75, computed: null }, { computed: null, archived: 1 }],
    ['not sealed', { records: 75, sealedAt: null, computed: null }, { computed: null, archived: null }],
  ] as const)('%s', (_, more, expected) => {
    expect(completenessOf({ sealedAt: 1, lost: 0, quarantined: none, ...more })).toEqual(expected)
  })
})

it('the lag is what Kafka has beyond the lake, a partition never makes up for another', () => {
  const partitions = [
    { partition: 0, high: 10, archived: 4 },
    { partition: 1, high: 10, archived: 30 },
  ]
  expect(lagOf({ at: 0, partitions })).toBe(6)
})
