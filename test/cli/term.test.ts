import { describe, expect, it } from 'vitest'
import { windowSince } from '../../cli/commands/term.ts'
import { csvText } from '../../cli/csv.ts'
import { showTerm, termCsv } from '../../cli/term.ts'
import { type HourId, hoursBetween } from '../../model/time.ts'
import type { TermAnswer, TermHour } from '../../views/term.ts'

const FROM = '2026-11-15T22' as HourId
const TO = '2026-11-16T03' as HourId
const COUNTS = [0, 8, 0, 4, 1]

function answer(more: Partial<TermAnswer> = {}): TermAnswer {
  const hours = hoursBetween(FROM, TO).map(
    (hour, at): TermHour => ({
      ...{ hour, count: COUNTS[at]!, countMax: COUNTS[at]!, rank: COUNTS[at]! > 0 ? at : null, rankMin: null },
      ...{
        shown: 'News',
        standing: at === 2 ? 'missing' : 'sealed',
        edition: 1,
        extractor: 'hashtags@2',
        from: 'tally',
      },
    }),
  )
  return {
    ...{ term: '#news', key: 'news', shown: 'News', board: 'hashtags', from: FROM, to: TO, count: 13, countMax: 13 },
    ...{
      exact: true,
      unproven: null,
      doubt: null,
      firstSeen: '2026-11-15T23' as HourId,
      lastSeen: '2026-11-16T02' as HourId,
    },
    peak: { hour: '2026-11-15T23' as HourId, count: 8 },
    best: { hour: '2026-11-15T23' as HourId, rank: 1 },
    spellings: [{ shown: 'News', hours: 3, count: 13 }],
    digest: null,
    hours,
    provenance: {
      ...{ origin: 'batch', liveVersion: 1, edition: 1, editions: [1], extractors: ['hashtags@2'] },
      hours: { sealed: 4, amended: 0, provisional: 0, missing: 1 },
      ...{ provisional: [], amended: [], quarantined: [], speed: null },
      gaps: [{ hour: '2026-11-16T00' as HourId, why: 'unknown' }],
    },
    ...more,
  }
}

const context = { zone: 'UTC', columns: 100, style: (_: string, text: string) => text }

describe('a term for people', () => {
  it('is a line a day with a bar an hour, in the reader’s time zone', () => {
    const lines = showTerm(answer(), context).split('\n')
    expect(lines[0]).toBe('#News  Sun 15 Nov 2026 22:00 – Mon 16 Nov 2026 03:00, 5 hours (UTC)')
    expect(lines[2]).toBe(
      '13 posts · first Sun 15 Nov 23:00 · most Sun 15 Nov 23:00 with 8 · best rank 1 (Sun 15 Nov 23:00)',
    )
    expect(lines[5]).toMatch(/^Sun 15 Nov {24}·█ +8 +1$/)
    expect(lines[6]).toMatch(/^Mon 16 Nov {2}\?▅▂ +5 +3$/)
    expect(lines.at(-1)).toBe('hashtags@2 · exact · 4 hours sealed · 1 missing (no records seen)')
    const paris = showTerm(answer(), { ...context, zone: 'Europe/Paris' }).split('\n')
    expect(paris[5]).toMatch(/^Sun 15 Nov {25}· +0$/)
    expect(paris[6]).toMatch(/^Mon 16 Nov {2}█\?▅▂ +13 +1$/)
  })

  it('says what is not certain', () => {
    const open = showTerm(answer({ exact: false, countMax: 20, unproven: 'the lake is away' }), context)
    expect(open).toContain('13–20 posts')
    expect(open).toContain('not exact (the lake is away)')
    expect(showTerm(answer({ count: 0, countMax: 0 }), context)).toContain('no post of it has been counted')
  })
})

describe('a term for programs', () => {
  it('is a line an hour', () => {
    const lines = termCsv(answer()).split('\n')
    expect(lines[0]).toBe('hour,key,count,count_max,rank,standing,edition,extractor,from')
    expect(lines[2]).toBe('2026-11-15T23,news,8,8,1,sealed,1,hashtags@2,tally')
    expect(lines).toHaveLength(6)
  })

  it('is quoted where its text would break the line', () => {
    expect(
      csvText(
        ['a', 'b'],
        [
          ['x,y', 'say "hi"'],
          [null, true],
        ],
      ),
    ).toBe('a,b\n"x,y","say ""hi"""\n,true')
  })
})

describe('--since', () => {
  const now = { zone: 'UTC', now: Date.parse('2026-11-16T10:30:00Z') }

  it.each([
    ['7d', undefined, '2026-11-09T10', '2026-11-16T10'],
    ['36h', undefined, '2026-11-14T22', '2026-11-16T10'],
    ['2026-11-16T07', undefined, '2026-11-16T07', '2026-11-16T10'],
    ['last monday 7h', '2026-11-16T09', '2026-11-09T07', '2026-11-16T09'],
  ])('%s until %s is from %s to %s', (since, until, from, to) => {
    expect(windowSince(since, until, now)).toEqual({ from, to })
  })

  it('that is no moment is refused', () => {
    expect(() => windowSince('7 bananas', undefined, now)).toThrow(/not a moment/)
  })
})
