import { describe, expect, it } from 'vitest'
import { windowOf } from '../../cli/hours.ts'
import { showHour, showProblems } from '../../cli/show-hour.ts'
import { type Ledger, showGrid, showList } from '../../cli/show-hours.ts'
import { HOUR_STATES, type HourState } from '../../model/ledger.ts'
import { type HourId, hourEnd, hourStart, hoursBetween, nextHour } from '../../model/time.ts'
import type { HourReport } from '../../views/ask-hours.ts'

const context = { zone: 'UTC', style: (_: unknown, text: string) => text }
const FIRST = '2026-11-15T22' as HourId

function report(hour: HourId, state: HourState, more: Partial<HourReport> = {}): HourReport {
  const has = state !== 'none' && state !== 'gap'
  const sealedAt = has && state !== 'open' ? hourEnd(hour) + 300_000 : null
  return {
    stream: 'posts',
    hour,
    state,
    sealedAt,
    archived: has
      ? {
          records: 1_200,
          bytes: 250_000,
          files: 4,
          partitions: [{ partition: 0, from: 10, to: 1_400, records: 1_200 }],
          firstArrivedAt: hourStart(hour) + 60_000,
          lastArrivedAt: hourEnd(hour),
          late: 0,
          lost: 0,
        }
      : null,
    refused: null,
    amendments: [],
    quarantined: { files: 0, records: 0 },
    computed:
      state === 'computed' || state === 'amended'
        ? {
            boards: [{ board: 'hashtags', edition: 3, extractor: 'hashtags@2' }],
            records: 1_190,
            copies: 10,
            at: hourEnd(hour) + 310_000,
            current: true,
            lacking: 0,
          }
        : null,
    completeness: { computed: state === 'computed' ? 1 : null, archived: sealedAt === null ? null : 1 },
    agreements: [],
    editions: [1, 3],
    failure: null,
    ...more,
  }
}

function ledgerOf(hours: readonly HourReport[]): Ledger {
  const from = hours[0]!.hour
  const to = nextHour(hours.at(-1)!.hour)
  const at = Date.parse('2026-11-16T09:05:00Z')
  return {
    stream: 'posts',
    from,
    to,
    hours,
    known: { first: from, last: nextHour(to, -1) },
    archive: { at, partitions: [{ partition: 0, high: 9, archived: 9 }] },
  }
}

const amended = { amendments: [{ at: Date.parse('2026-11-16T09:12:00Z'), records: 37 }] }

describe('the grid', () => {
  it('has a row a day, a glyph an hour, the amendments, and a line that sums up', () => {
    const states: readonly HourState[] = [
      'computed',
      'computed',
      'gap',
      'computed',
      'failed',
      'amended',
      'sealed',
      'open',
    ]
    const hours = states.map((state, i) => report(nextHour(FIRST, i), state, state === 'amended' ? amended : {}))
    expect(showGrid(ledgerOf(hours), context).split('\n')).toEqual([
      'posts  Sun 15 Nov 2026 22:00 – Mon 16 Nov 2026 06:00, 8 hours (UTC)',
      '',
      '            0           6           12          18',
      `${'Sun 15 Nov'.padEnd(12 + 2 * 22)}✓ ✓  2,400`,
      `${'Mon 16 Nov  · ✓ ✗ + ◦ ~'.padEnd(12 + 2 * 24 - 1)}  6,000`,
      '',
      '✓ computed  + amended  ~ open  ◦ sealed  · gap  ✗ failed',
      '+ Mon 16 Nov 03:00  amended, +37 at 09:12',
      '8 hours: 3 computed, 1 amended, 1 open, 1 sealed, 1 gap, 1 failed · 8,400 records · 40 copies counted once · 1.8 MB · the archive had everything at Mon 09:05',
    ])
  })

  it('gives each state a glyph of its own, which needs no colour', () => {
    const glyphs = HOUR_STATES.map((state) => {
      const grid = showGrid(ledgerOf([report('2026-11-16T00' as HourId, state)]), context)
      return grid.split('\n')[3]![12]
    })
    expect(new Set(glyphs).size).toBe(HOUR_STATES.length)
  })

  it('shows the worse of two hours when clocks are set back, and no hour when they are set forward', () => {
    const zone = 'Europe/Paris'
    const fall = hoursBetween('2026-10-25T00' as HourId, '2026-10-25T03' as HourId)
    const back = showGrid(ledgerOf(fall.map((hour, i) => report(hour, i === 1 ? 'gap' : 'computed'))), {
      ...context,
      zone,
    })
    expect(back.split('\n')[3]).toMatch(/^Sun 25 Oct {6}· ✓ {2}/)
    const spring = hoursBetween('2026-03-29T00' as HourId, '2026-03-29T03' as HourId)
    const forward = showGrid(ledgerOf(spring.map((hour) => report(hour, 'computed'))), { ...context, zone })
    expect(forward.split('\n')[3]).toMatch(/^Sun 29 Mar {4}✓ {3}✓ ✓ {2}/)
  })
})

it('the list has a row an hour with its numbers and what befell it', () => {
  const hours = [report(FIRST, 'computed'), report(nextHour(FIRST), 'amended', amended)]
  const [, first, second] = showList(ledgerOf(hours), context).split('\n')
  expect(first).toMatch(/^Sun 15 Nov 22:00 +✓ +computed +1,200 +10 +0 +250 kB +4 +100% +1 3$/)
  expect(second).toMatch(/^Sun 15 Nov 23:00 +\+ +amended .* amended, \+37 at Mon 16 Nov 09:12$/)
})

it('one hour is shown whole', () => {
  const agreement = {
    batchRecords: 1_190,
    speedRecords: 1_100,
    topDiffers: 1,
    countOff: 20,
    countOffTerm: 'tea',
    shareOff: 0.25,
  }
  const one = report(FIRST, 'computed', {
    agreements: [{ ...agreement, board: 'hashtags', edition: 3, agrees: false }],
    quarantined: { files: 1, records: 80 },
  })
  const shown = showHour(one, context)
  for (const line of [
    'state          ✓ computed: complete, and counted',
    'records        1,200 archived, 0 of them late',
    'arrived        first 22:01, last 23:00',
    'quarantined    80 records in 1 file',
    'computed       1,190 records, 10 copies removed, at 23:05',
    'by             hashtags in edition 3 by hashtags@2',
    'complete       100% of what is archived, 100% of what Kafka took',
    'live hashtags  1,100 records, batch 1,190; 1 of the top 10 was another; #tea off by 20, a count at most by 25.00%',
    '        0           10  1400    1,200',
  ]) {
    expect(shown.split('\n')).toContain(line)
  }
})

it('problems come with what to do, and none is said as well', () => {
  const asked = { stream: 'posts', from: FIRST, to: nextHour(FIRST, 2), archive: null } as const
  const from = FIRST
  const problem = { kind: 'behind', cause: 'not-sealed', at: hourStart(FIRST), from, to: nextHour(FIRST) } as const
  expect(showProblems({ ...asked, problems: [problem] }, context)).toBe(
    `behind  Sun 15 Nov 2026, 22:00–23:00 (UTC)
  not sealed, though the archive had everything at Sun 15 Nov 22:00
  → 'tendance hourly' seals it now, or says why not

1 problem with posts, Sun 15 Nov 2026 22:00 – Mon 16 Nov 2026 00:00, 2 hours (UTC)`,
  )
  expect(showProblems({ ...asked, problems: [] }, context)).toMatch(/^✓ all is well with posts, Sun 15 Nov/)
})

describe('the hours that are meant', () => {
  const now = { zone: 'UTC', now: Date.parse('2026-11-16T09:30:00Z') }
  it.each([
    [{}, '2026-11-14T10', '2026-11-16T10'],
    [{ last: '1h' }, '2026-11-16T09', '2026-11-16T10'],
    [{ since: '2026-11-16T07' }, '2026-11-16T07', '2026-11-16T10'],
    [{ since: '2026-11-15T00', until: '2026-11-16T00' }, '2026-11-15T00', '2026-11-16T00'],
    [{ hour: '2026-11-16T07:20' }, '2026-11-16T07', '2026-11-16T08'],
  ] as const)('%j', (options, from, to) => {
    expect(windowOf(options, now)).toEqual({ from, to })
  })
  it.each([{ until: '2026-11-16' }, { since: 'now', last: '2h' }, { since: '2026-11-17T00' }])(
    '%j is refused',
    (options) => {
      expect(() => windowOf(options, now)).toThrow(expect.objectContaining({ code: 'bad-input' }))
    },
  )
})
