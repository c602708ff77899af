import { describe, expect, it } from 'vitest'
import type { ArchiveStanding, HourAccount } from '../../model/ledger.ts'
import {
  findProblems,
  type Judged,
  type JudgedHour,
  type Problem,
  type ProblemKind,
} from '../../model/ledger-problems.ts'
import { LEDGER_WORDS } from '../../model/ledger-words.ts'
import { HOUR_MS, type HourId, hourEnd, nextHour } from '../../model/time.ts'
import { wordsFor } from '../../model/wording.ts'

const FIRST = '2026-11-16T00' as HourId
const GRACE = 120_000
const PARTITIONS = [0, 1, 2, 3]

const account = (records: number, partitions: readonly number[] = PARTITIONS, more: Partial<HourAccount> = {}) => ({
  records,
  bytes: 100 * records,
  files: partitions.length,
  partitions: partitions.map((partition) => ({ partition, from: 0, to: 9, records: records / partitions.length })),
  firstArrivedAt: 1,
  lastArrivedAt: 2,
  late: 0,
  lost: 0,
  ...more,
})

const wellHour = (hour: HourId, more: Partial<JudgedHour> = {}): JudgedHour => ({
  hour,
  state: 'computed',
  sealedAt: 1,
  archived: account(1_000),
  refused: null,
  amendments: [],
  quarantined: { files: 0, records: 0 },
  computed: { current: true, lacking: 0 },
  completeness: { computed: 1, archived: 1 },
  agreements: [],
  failure: null,
  ...more,
})

const standing = (at: number, lag = 0): ArchiveStanding => ({
  at,
  partitions: PARTITIONS.map((partition) => ({ partition, high: 100, archived: partition === 2 ? 100 - lag : 100 })),
})

/** A day of which the hours given are as given, and all else is well; the eight weeks before had 1,000 records an hour. */
function judge(hours: Readonly<Record<number, Partial<JudgedHour>>>, more: Partial<Judged> = {}) {
  const day = Array.from({ length: 24 }, (_, i) => wellHour(nextHour(FIRST, i), hours[i] ?? {}))
  const volumes = new Map<HourId, number>()
  for (let i = -8 * 168; i < 24; i++) volumes.set(nextHour(FIRST, i), 1_000)
  for (const { hour, archived } of day) volumes.set(hour, archived?.records ?? 0)
  const now = hourEnd(nextHour(FIRST, 23)) + 2 * HOUR_MS
  return findProblems({
    hours: day,
    archive: standing(now),
    volumes,
    now,
    graceMs: GRACE,
    ...more,
  })
}

/** As people read it. */
const said = (problem: Problem | undefined) =>
  wordsFor(LEDGER_WORDS, problem!, { count: String, time: (ms) => new Date(ms).toISOString().slice(11, 16) })

const kinds = (problems: readonly { readonly kind: ProblemKind }[]) => problems.map(({ kind }) => kind)
const NOTHING = { archived: null, computed: null, completeness: { computed: null, archived: null } } as const

it('a day on which all is well has no problem', () => {
  expect(judge({})).toEqual([])
})

describe('an hour that is not sealed though it should be', () => {
  const behind = { state: 'behind', sealedAt: null, computed: null } as const

  it('because the archive lags: says which partition lacks how much', () => {
    const [problem] = judge({ 22: behind }, { archive: standing(hourEnd(nextHour(FIRST, 23)) + GRACE, 37) })
    expect(problem).toMatchObject({ kind: 'behind', from: nextHour(FIRST, 22), to: nextHour(FIRST, 23) })
    expect(problem).toMatchObject({ cause: 'archive-behind', lacking: [{ partition: 2, records: 37 }] })
    const { what, todo } = said(problem)
    expect(what).toBe('not sealed, as the archive is behind: partition 2 lacks 37 records (at 00:02)')
    expect(todo).toContain('archive worker')
  })

  it('is told before any hour is due, when the archive lags', () => {
    const open = { state: 'open', sealedAt: null, computed: null } as const
    const problems = judge({ 23: open }, { archive: standing(hourEnd(nextHour(FIRST, 22)), 5) })
    expect(problems).toMatchObject([{ kind: 'behind', cause: 'archive-falls-behind', from: nextHour(FIRST, 23) }])
    expect(said(problems[0]).what).toBe(
      'more is on its way in, as the archive is behind: partition 2 lacks 5 records (at 23:00)',
    )
    expect(judge({ 23: open }, { archive: standing(hourEnd(nextHour(FIRST, 22))) })).toEqual([])
  })

  it('because nobody looked: says since when, once for all hours since', () => {
    const problems = judge({ 21: behind, 22: behind, 23: behind }, { archive: standing(hourEnd(nextHour(FIRST, 20))) })
    expect(problems).toMatchObject([{ kind: 'behind', from: nextHour(FIRST, 21), to: nextHour(FIRST, 24) }])
    expect(said(problems[0]).what).toBe('nobody has looked since 21:00')
    expect(judge({}, { archive: null })).toMatchObject([
      { kind: 'behind', cause: 'never-looked', from: FIRST, to: nextHour(FIRST, 24) },
    ])
  })

  it('because of a file that no commit knows: says which', () => {
    const refused = '/lake/x.avro is in no commit entry'
    const [problem] = judge({ 3: { ...behind, refused } })
    expect(problem).toMatchObject({ cause: 'seal-refused', why: refused })
    expect(said(problem).what).toBe(`cannot be sealed: ${refused}`)
  })
})

describe('an hour that is sealed and not computed', () => {
  const sealed = { state: 'sealed', computed: null, completeness: { computed: null, archived: 1 } } as const
  it('is a problem an hour after it was due, not at once', () => {
    expect(kinds(judge({ 5: sealed }))).toEqual(['not-computed'])
    const soon = hourEnd(nextHour(FIRST, 23)) + HOUR_MS
    expect(judge({ 23: sealed }, { now: soon })).toEqual([])
  })
  it('is one as well when late records wait', () => {
    expect(
      judge({ 5: { computed: { current: false, lacking: 0 }, completeness: { computed: 0.9, archived: 1 } } }),
    ).toMatchObject([{ kind: 'not-computed', cause: 'late-not-computed' }])
  })
})

it('a failed hour says why', () => {
  const [problem] = judge({ 9: { state: 'failed', failure: { message: 'block 3 is broken' }, computed: null } })
  expect(problem).toMatchObject({ kind: 'failed', cause: 'not-computable', why: 'block 3 is broken' })
})

it('what reading the whole lake found is told of its hour, and of the last one when it is of none', () => {
  const damage = { records: null, what: '', todo: '' }
  const damages = [
    { ...damage, kind: 'foreign', path: '/a', hour: nextHour(FIRST, 3) },
    { ...damage, kind: 'tally-lost', path: '/b', hour: nextHour(FIRST, 3) },
    { ...damage, kind: 'missing', path: '/c', hour: nextHour(FIRST, 4) },
    { ...damage, kind: 'log-hole', path: '/d', hour: null },
  ] as const
  const found = judge({}, { verification: { at: 5, damages } })
  expect(found).toEqual([
    {
      kind: 'damaged',
      cause: 'lake-damaged',
      damage: 'foreign',
      path: '/a',
      more: 1,
      at: 5,
      from: nextHour(FIRST, 3),
      to: nextHour(FIRST, 4),
    },
    {
      kind: 'damaged',
      cause: 'lake-damaged',
      damage: 'log-hole',
      path: '/d',
      more: 0,
      at: 5,
      from: nextHour(FIRST, 23),
      to: nextHour(FIRST, 24),
    },
  ])
  expect(
    judge({
      2: {
        quarantined: { files: 3, records: 9, vanished: { files: 2, records: 5 }, accepted: { files: 1, records: 1 } },
      },
    }),
  ).toMatchObject([
    { cause: 'files-set-aside', files: 1, records: 4 },
    { cause: 'files-vanished', files: 1, records: 4 },
  ])
})

it('what is neither counted nor a copy nor set aside is told, and what is lost, and what is quarantined', () => {
  const problems = judge({
    1: { completeness: { computed: 0.99, archived: 1 } },
    2: { archived: account(1_000, PARTITIONS, { lost: 50 }) },
    3: {
      quarantined: { files: 1, records: 250 },
      archived: account(750),
      computed: { current: true, lacking: 250 },
    },
    4: { quarantined: { files: 2, records: 9 } },
  })
  expect(problems.map((problem) => [problem.kind, said(problem).what])).toEqual([
    ['incomplete', '10 of 1000 archived records are not counted'],
    ['lost', 'up to 50 records are lost: Kafka had deleted them before they were archived'],
    ['quarantined', '250 records in 1 corrupt file are set aside, and not counted'],
    ['quarantined', '9 records in 2 corrupt files are set aside; they were counted before, but cannot be again'],
  ])
})

describe('hours without records', () => {
  const gap = { ...NOTHING, state: 'gap' } as const

  it('are one problem when they follow one another', () => {
    expect(judge({ 4: gap, 5: gap, 6: gap, 12: gap })).toMatchObject([
      { kind: 'gap', from: nextHour(FIRST, 4), to: nextHour(FIRST, 7) },
      { kind: 'gap', from: nextHour(FIRST, 12) },
    ])
  })

  it('are none in a stream in which they are usual', () => {
    const volumes = new Map(Array.from({ length: 9 * 168 }, (_, i) => [nextHour(FIRST, i - 8 * 168), i % 3] as const))
    expect(judge({ 4: gap }, { volumes })).toEqual([])
  })

  it('of a young stream are judged by the hours around', () => {
    const around = (records: number) =>
      new Map(Array.from({ length: 24 }, (_, i) => [nextHour(FIRST, i), i === 4 ? 0 : records] as const))
    expect(kinds(judge({ 4: gap }, { volumes: around(500) }))).toEqual(['gap'])
    expect(judge({ 4: gap }, { volumes: around(9) })).toEqual([])
  })
})

describe('an hour with few records', () => {
  it('is a problem against the same hour of other weeks, when it is complete', () => {
    expect(judge({ 7: { archived: account(200) } })).toMatchObject([
      { kind: 'drop', cause: 'few-records', records: 200, usual: 1_000, weeks: 8 },
    ])
    expect(judge({ 23: { archived: account(200), state: 'open', sealedAt: null, computed: null } })).toEqual([])
    expect(kinds(judge({ 7: { archived: account(200), quarantined: { files: 1, records: 600 } } }))).toEqual([
      'quarantined',
    ])
  })
})

describe('a partition without records', () => {
  it('is a problem when the others have many, and it had some before', () => {
    expect(judge({ 7: { archived: account(900, [0, 1, 3]) } })).toMatchObject([
      { kind: 'silent-partition', cause: 'partitions-silent', partitions: [2] },
    ])
  })
  it('is none when chance can do it, nor before the partition had ever one', () => {
    expect(judge({ 7: { archived: account(60, [0, 1, 3]) } }, { volumes: new Map() })).toEqual([])
    const young = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [i, { archived: account(900, [0, 1, 3]) }]))
    expect(judge(young)).toEqual([])
  })
})

describe('speed and batch', () => {
  const agreement = (speedRecords: number, more = {}) => ({
    agreements: [
      {
        board: 'hashtags',
        batchRecords: 1_000,
        speedRecords,
        topDiffers: 0,
        countOff: 0,
        countOffTerm: null,
        shareOff: 0,
        ...more,
      },
    ],
  })
  it.each([
    ['agree', agreement(1_000), []],
    ['differ by a hundredth', agreement(990), []],
    ['differ by more', agreement(985), ['disagreement']],
    ['differ by what came late', { ...agreement(900), archived: account(1_000, PARTITIONS, { late: 100 }) }, []],
    [
      'have speed ahead of batch, which late records do not explain',
      { ...agreement(1_100), archived: account(1_000, PARTITIONS, { late: 100 }) },
      ['disagreement'],
    ],
    ['have another top 10, and far counts', agreement(1_000, { topDiffers: 2, countOff: 90 }), ['disagreement']],
  ] as const)('%s', (_, hour, expected) => {
    expect(kinds(judge({ 7: hour }))).toEqual(expected)
  })
})
