/** What is printed of editions before a person decides: the preview and the diff. */
import { PassThrough } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import { showDiffOfAll, showDiffOfHour } from '../../cli/show-diff.ts'
import { showPreview } from '../../cli/show-preview.ts'
import { countChanges, diffTops, greatestChanges } from '../../model/diff.ts'
import type { Preview } from '../../model/preview.ts'
import { columnsOf, tallyOf } from '../../model/tally.ts'
import { mergeTallies } from '../../model/tally-merge.ts'
import { type HourId, nextHour } from '../../model/time.ts'
import type { DiffSummary, HourDiff } from '../../views/diff.ts'

const HOUR = '2026-11-16T07' as HourId
const output = { stdout: new PassThrough() }

const tallyFrom = (counts: Readonly<Record<string, number>>, termsMax?: number) =>
  mergeTallies([
    {
      tally: columnsOf(
        tallyOf(
          Object.entries(counts).map(([key, count]) => ({ key, shown: key, count })),
          100,
          termsMax,
        ),
      ),
    },
  ])

const before = tallyFrom({ tea: 9, été: 0, caf: 7, rain: 5 })
const after = tallyFrom({ tea: 9, café: 8, été: 6, rain: 5 })
const rows = diffTops(before, after, 3)

/** Lines without colours and without runs of blanks. */
const linesOf = (text: string) =>
  stripVTControlCharacters(text)
    .split('\n')
    .map((line) => line.trim().replaceAll(/ +/g, ' '))

describe('a preview', () => {
  const preview: Preview = {
    ...{ kind: 'recompute', stream: 'posts', since: HOUR, until: null, parent: 3, boards: ['hashtags'] },
    ...{ extractors: { hashtags: 'hashtags@2' }, hours: 1_204, first: HOUR, last: nextHour(HOUR, 1_205) },
    ...{ records: 5_000_000, bytes: 1_250_000_000 },
    open: { count: 1, runs: [{ first: nextHour(HOUR, 1_206), last: nextHour(HOUR, 1_206) }] },
    missing: { count: 2, runs: [{ first: nextHour(HOUR), last: nextHour(HOUR, 2) }] },
    sample: [
      {
        ...{ hour: HOUR, bytes: 1_000_000, ms: 20 },
        boards: [
          {
            board: 'hashtags',
            before: { edition: 3, extractor: 'hashtags@1', records: 90 },
            after: { extractor: 'hashtags@2', records: 100, copies: 1 },
            otherFiles: true,
            rows,
          },
        ],
      },
    ],
    estimate: { secondsLeast: 40, secondsMost: 130, edition: 2, measured: { hours: 602, bytes: 1e9, ms: 65_000 } },
  }

  it('says what would be read, for how long and why so, what is left alone, and what would change', () => {
    const lines = linesOf(showPreview(output, preview))
    expect(lines).toEqual(
      expect.arrayContaining([
        'a recompute of posts by hashtags@2 on top of edition 3 would',
        'compute 1,204 hours, 2026-11-16T07 … 2027-01-05T12 (UTC)',
        'read 5,000,000 records, 1250.0 MB',
        'take 40 s to 2 min, as building edition 2 took 65 s (602 hours, 1000.0 MB)',
        'leave alone 1 hour (2027-01-05T13): not sealed yet, computed once they are',
        'find nothing in 2 hours (2026-11-16T08 … 2026-11-16T09): the lake has no records of them',
        'now posts would be posts hashtag',
        '1 9 1 9 #tea',
        '- 0 2 8 #café',
        '2 7 - 0 #caf',
        'nothing was written',
      ]),
    )
    expect(lines.join('\n')).toContain('late ones among them that are not counted yet')
  })

  it('of nothing to do says so', () => {
    const nothing: Preview = { ...preview, hours: 0, first: null, last: null, sample: [], estimate: null }
    expect(linesOf(showPreview(output, nothing))).toContain('read nothing: no sealed hour of the range has records')
  })

  it('with a time from the sample says so', () => {
    const estimate = { secondsLeast: 3, secondsMost: 3, edition: null, measured: { hours: 3, bytes: 1e6, ms: 50 } }
    const text = 'take about 3.0 s, as counting the hours below took 0.1 s, without storing them (3 hours, 1.0 MB)'
    expect(linesOf(showPreview(output, { ...preview, estimate }))).toContain(text)
  })
})

describe('a diff', () => {
  const hour: HourDiff = {
    ...{ hour: HOUR, editions: { before: 3, after: 4 }, extractors: { before: 'hashtags@1', after: 'hashtags@2' } },
    ...{
      otherFiles: false,
      records: { before: 90, after: 90 },
      distinct: { before: 3, after: 4 },
      rows,
      settled: true,
    },
  }
  const summary: DiffSummary = {
    ...{ hours: 2, differing: 1, shared: 5, first: HOUR, last: nextHour(HOUR), settled: true },
    ...{ onlyBefore: [nextHour(HOUR, 2)], onlyAfter: [] },
    changes: countChanges(rows),
    greatest: greatestChanges(before, after, 10),
  }
  const asked = { before: 3, after: 4, board: 'hashtags', n: 3 } as const

  it('of all hours tells how many differ, the greatest changes, and hour by hour what comes and goes', () => {
    expect(linesOf(showDiffOfAll(output, asked, summary, [hour]))).toEqual([
      'hashtags: edition 3 → 4 hashtags@1 → hashtags@2',
      '',
      '1 of 2 hours differ in their top 3 (2026-11-16T07 … 2026-11-16T08): 2 entered, 2 left, 0 moved, 0 with another count',
      '1 hour is in edition 3 only (2026-11-16T09): not computed in 4',
      '5 hours are the same: both read them from the same edition',
      '',
      'over all hours compared',
      'hashtag before after change',
      '#café 0 8 +8',
      '#caf 7 0 -7',
      '#été 0 6 +6',
      '',
      'hour by hour',
      'hour (UTC) entered left moved counts',
      '2026-11-16T07 2 2 +#café +#été -#caf -#rain',
    ])
  })

  it('of one hour shows every term of both rankings', () => {
    const lines = linesOf(showDiffOfHour(output, { ...asked, hour: HOUR }, summary, hour))
    expect(lines).toContain('#tea 1 1 = 9 9')
    expect(lines).toContain('#café - 2 enters 0 8')
    expect(lines).toContain('#rain 3 - leaves 5 5')
    expect(lines.at(-1)).toBe('all counts are exact · 90 and 90 posts · 3 and 4 different hashtags')
  })

  it('of counts that the views do not hold shows bounds, and says why', () => {
    const open = { ...hour, rows: diffTops(tallyFrom({ tea: 9, caf: 7, rain: 5 }, 2), after, 2), settled: false }
    const lines = linesOf(showDiffOfHour(output, { ...asked, hour: HOUR }, summary, open))
    expect(lines).toContain('#café - 2 enters 0–5 8')
    expect(lines.at(-1)).toContain('some counts are known within bounds only')
  })

  it('of an hour that both read from one edition says that it is the same', () => {
    const text = showDiffOfHour(output, { ...asked, hour: HOUR }, summary, undefined)
    expect(text).toContain('both editions read it from the same ancestor: it is the same')
  })
})
