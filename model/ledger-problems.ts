/**
 * What is wrong with a range of hours, in words, with what to do about it. Pure: the same ledger gives the same problems.
 *
 * Each rule says in its own comment when it speaks. What chance explains is no problem; hours that may still change are not judged
 * by their volume. Consecutive hours with the same problem are told as one.
 */
import type { Agreement } from './agreement.ts'
import {
  type Amendment,
  type ArchiveStanding,
  type Completeness,
  type HourAccount,
  type HourState,
  lagOf,
  type Quarantined,
  sealDueAt,
} from './ledger.ts'
import { HOUR_MS, type HourId, hourEnd, nextHour } from './time.ts'
import { dropOf, medianOf, VOLUME_RULE } from './volume.ts'

export const PROBLEM_KINDS = [
  'behind',
  'not-computed',
  'failed',
  'incomplete',
  'lost',
  'quarantined',
  'gap',
  'drop',
  'silent-partition',
  'disagreement',
] as const
export type ProblemKind = (typeof PROBLEM_KINDS)[number]

export interface Problem {
  readonly kind: ProblemKind
  /** The hours of [from, to). */
  readonly from: HourId
  readonly to: HourId
  /** What is wrong, and what to do: a sentence each, for people. */
  readonly what: string
  readonly todo: string
}

/** An hour as the rules see it; what `askHours` reports (views/ask-hours.ts). */
export interface JudgedHour {
  readonly hour: HourId
  readonly state: HourState
  readonly sealedAt: number | null
  readonly archived: HourAccount | null
  readonly refused: string | null
  readonly amendments: readonly Amendment[]
  readonly quarantined: Quarantined
  readonly computed: { readonly current: boolean; readonly lacking: number } | null
  readonly completeness: Completeness
  readonly agreements: readonly (Agreement & { readonly board: string })[]
  readonly failure: { readonly message: string } | null
}

export interface Judged {
  /** In time order, without gaps. */
  readonly hours: readonly JudgedHour[]
  readonly archive: ArchiveStanding | null
  /** Records of complete hours, of the range and of the weeks before; an hour that is not there is not known. */
  readonly volumes: ReadonlyMap<HourId, number>
  readonly now: number
  readonly graceMs: number
  /** Writes a moment for people. */
  time(ms: number): string
}

type Finding = Pick<Problem, 'kind' | 'what' | 'todo'>
type Rule = (hour: JudgedHour, judged: Judged) => Finding | null

/** In time order; of one hour in the order of PROBLEM_KINDS. */
export function findProblems(judged: Judged): readonly Problem[] {
  const problems = PROBLEM_KINDS.flatMap((kind) => {
    const found: Problem[] = []
    for (const hour of judged.hours) {
      const finding = judged.archive === null ? unseen(kind) : rules[kind](hour, judged)
      if (finding) addTo(found, { ...finding, from: hour.hour, to: nextHour(hour.hour) })
    }
    return found
  })
  return problems.sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0))
}

/** What goes on from the hour before is one problem. */
function addTo(found: Problem[], problem: Problem): void {
  const last = found.at(-1)
  if (last && last.to === problem.from && last.what === problem.what && last.todo === problem.todo) {
    found[found.length - 1] = { ...last, to: problem.to }
  } else {
    found.push(problem)
  }
}

/** Before the first run of the hourly work nothing is known, and that is what is wrong. */
function unseen(kind: ProblemKind): Finding | null {
  return kind === 'behind' ? { kind, what: 'nobody has looked yet', todo: LOOK } : null
}

const LOOK =
  "'tendance schedule show' says whether the hourly work is on, 'tendance workers status' whether a batch worker runs; 'tendance hourly' does it now"

const COUNTED: readonly HourState[] = ['sealed', 'computed', 'amended']

/**
 * It should be sealed and is not: because nobody looked, because the archive lags, because of a file of it. An archive that lags
 * before any hour is due is told of the last one.
 */
const behind: Rule = (hour, judged) => {
  const { archive, graceMs, time } = judged
  if (hour.state !== 'behind') return isFirstSign(hour, judged) ? lagging('more is on its way in', judged) : null
  if (hour.refused !== null) {
    return {
      kind: 'behind',
      what: `cannot be sealed: ${hour.refused}`,
      todo: "put the lake right as it says, then 'tendance hourly'",
    }
  }
  if (archive === null) return unseen('behind')
  if (archive.at < hourEnd(hour.hour) + graceMs) {
    return { kind: 'behind', what: `nobody has looked since ${time(archive.at)}`, todo: LOOK }
  }
  return (
    lagging('not sealed', judged) ?? {
      kind: 'behind',
      what: `not sealed, though the archive had everything at ${time(archive.at)}`,
      todo: "'tendance hourly' seals it now, or says why not",
    }
  )
}

function isFirstSign(hour: JudgedHour, { hours }: Judged): boolean {
  return hour === hours.at(-1) && !hours.some(({ state }) => state === 'behind')
}

function lagging(means: string, { archive, time }: Judged): Finding | null {
  if (archive === null || lagOf(archive) === 0) return null
  const lacking = archive.partitions
    .filter(({ high, archived }) => high > archived)
    .map(({ partition, high, archived }) => `partition ${partition} lacks ${high - archived} records`)
  return {
    kind: 'behind',
    what: `${means}, as the archive is behind: ${lacking.join(', ')} (at ${time(archive.at)})`,
    todo: "'tendance workers status' says whether an archive worker runs, 'tendance doctor' whether Kafka and HDFS answer",
  }
}

/** Sealed, and an hour after it should have been it is not computed, or not from the files that are there now. */
const notComputed: Rule = ({ hour, state, computed }, { now, graceMs }) => {
  if (now < sealDueAt(hour, graceMs) + HOUR_MS) return null
  const isStale = computed !== null && !computed.current && state !== 'failed'
  if (state !== 'sealed' && !isStale) return null
  return {
    kind: 'not-computed',
    what: isStale ? 'late records are there that are not computed' : 'sealed, and not computed',
    todo: "'tendance workers status' says whether a batch worker runs; 'tendance hourly' computes it now, or says why not",
  }
}

const failed: Rule = ({ failure }) =>
  failure && {
    kind: 'failed',
    what: `could not be computed: ${failure.message}`,
    todo: "mend what it names, then 'tendance hourly'",
  }

/** A promise of ours is broken: what was archived is neither counted, nor a copy, nor set aside. */
const incomplete: Rule = ({ completeness, computed, archived, quarantined }) => {
  if (completeness.computed === null || completeness.computed === 1 || !computed?.current) return null
  const whole = (archived?.records ?? 0) + quarantined.records
  const off = Math.round((1 - completeness.computed) * whole)
  return {
    kind: 'incomplete',
    what:
      off > 0
        ? `${off} of ${whole} archived records are not counted`
        : `${-off} records more are counted than archived`,
    todo: "this is a bug: compare with 'tendance hours --hour', and recompute the hour in a new edition",
  }
}

const lost: Rule = ({ archived }) =>
  archived && archived.lost > 0
    ? {
        kind: 'lost',
        what: `up to ${archived.lost} records are lost: Kafka had deleted them before they were archived`,
        todo: 'raise kafka.retentionBytes; if the source still has them, ingest that time again: copies are counted once',
      }
    : null

const quarantined: Rule = ({ quarantined: { files, records }, computed }) =>
  files > 0
    ? {
        kind: 'quarantined',
        what: `${records} records in ${files} corrupt ${files === 1 ? 'file' : 'files'} are set aside${computed?.lacking === 0 ? '; they were counted before, but cannot be again' : ', and not counted'}`,
        todo: "'tendance quarantine list' says which and why; write a good copy there and 'tendance quarantine restore' it: the next hourly run counts it",
      }
    : null

/** No records in an hour in which there usually are some: chance would do it less than once in a million hours. */
const gap: Rule = ({ hour, state }, judged) => {
  if (state !== 'gap') return null
  const usual = usualOf(hour, judged)
  const drop = usual && dropOf(0, usual)
  if (!drop) return null
  return {
    kind: 'gap',
    what: 'no records, where there usually are',
    todo: 'is the source there, and does ingest run? What it still has can be ingested late: the hour is then amended',
  }
}

/** A complete hour has far fewer records than the same hour of other weeks (model/volume.ts). */
const drop: Rule = ({ hour, state, archived, quarantined: aside }, judged) => {
  if (!COUNTED.includes(state) || archived === null) return null
  const found = dropOf(archived.records + aside.records, weekly(hour, judged))
  if (!found) return null
  return {
    kind: 'drop',
    what: `${found.records} records, where ${Math.round(found.usual)} are usual at this hour of the week (median of ${found.samples} weeks)`,
    todo: 'is one of several sources away, or an ingest worker? What it still has can be ingested late',
  }
}

/**
 * A partition has nothing of an hour in which it had 20 records to expect: keys are spread evenly, so chance does that less than
 * once in 400 million hours (e^-20). Only a partition that had records before is judged.
 */
const silentPartition: Rule = ({ hour, state, archived }, { archive, hours }) => {
  if (!COUNTED.includes(state) || archived === null || archive === null) return null
  const expected = archived.records / archive.partitions.length
  if (expected < SILENT_RECORDS_MIN) return null
  const there = new Set(archived.partitions.map(({ partition }) => partition))
  const silent = archive.partitions
    .filter((one) => !there.has(one.partition) && hadRecords(one, hour, hours))
    .map(({ partition }) => partition)
  if (silent.length === 0) return null
  return {
    kind: 'silent-partition',
    what: `partition ${silent.join(', ')} has no records, where the others have some`,
    todo: "a broker may be away, or a producer may leave it out: 'tendance doctor' says what Kafka says",
  }
}

const SILENT_RECORDS_MIN = 20

function hadRecords(
  { partition, archived }: ArchiveStanding['partitions'][number],
  before: HourId,
  hours: readonly JudgedHour[],
): boolean {
  const withRecords = hours.filter((one) => one.archived?.partitions.some((part) => part.partition === partition))
  return withRecords.length === 0 ? archived > 0 : withRecords.some(({ hour }) => hour < before)
}

/**
 * Live counting was off by more than a hundredth and ten records, in all records or in a term of the top 10, and late records do
 * not explain it: those are left to batch by design.
 */
const disagreement: Rule = ({ agreements, archived }) => {
  const late = archived?.late ?? 0
  const off = agreements.filter(({ batchRecords, speedRecords, topDiffers, countOff }) => {
    const isFar = (records: number) => records > Math.max(DISAGREE_MIN, DISAGREE_SHARE * batchRecords)
    const lacking = Math.abs(batchRecords - speedRecords) - (speedRecords < batchRecords ? late : 0)
    return isFar(lacking) || (topDiffers > 0 && isFar(countOff - late))
  })
  const [worst] = off
  if (!worst) return null
  const { board, batchRecords, speedRecords, topDiffers } = worst
  const more = speedRecords > batchRecords
  return {
    kind: 'disagreement',
    what: `live counting of ${board} had ${speedRecords} records, batch has ${batchRecords}${topDiffers > 0 ? `; ${topDiffers} of the top 10 were others` : ''}`,
    todo: more
      ? 'more than batch is a bug, or records are missing from the lake: compare with quarantined and lost records'
      : 'was the speed worker away in that hour, or do records come later than speed.latenessMs? The answers of today are right: they are from batch',
  }
}

const DISAGREE_MIN = 10
const DISAGREE_SHARE = 0.01

const rules: Readonly<Record<ProblemKind, Rule>> = {
  behind,
  'not-computed': notComputed,
  failed,
  incomplete,
  lost,
  quarantined,
  gap,
  drop,
  'silent-partition': silentPartition,
  disagreement,
}

const WEEK_HOURS = 168

/** Records of the same weekday and hour in the weeks before. */
function weekly(hour: HourId, { volumes }: Judged): readonly number[] {
  return samplesAt(
    volumes,
    Array.from({ length: VOLUME_RULE.weeks }, (_, i) => nextHour(hour, -WEEK_HOURS * (i + 1))),
  )
}

/** The same of other weeks; of a stream that is too young for that, the hours around that have records. */
function usualOf(hour: HourId, judged: Judged): readonly number[] | null {
  const weeks = weekly(hour, judged)
  if (weeks.length >= VOLUME_RULE.samplesMin) return weeks
  const around = Array.from({ length: 25 }, (_, i) => nextHour(hour, i - 12))
  const near = samplesAt(judged.volumes, around).filter((records) => records > 0)
  // One sample, not many: hours beside one another are alike, and say less than as many weeks.
  return near.length < VOLUME_RULE.samplesMin ? null : new Array<number>(VOLUME_RULE.samplesMin).fill(medianOf(near))
}

function samplesAt(volumes: ReadonlyMap<HourId, number>, hours: readonly HourId[]): readonly number[] {
  return hours.flatMap((hour) => volumes.get(hour) ?? [])
}
