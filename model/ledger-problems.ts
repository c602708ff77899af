/**
 * What is wrong with a range of hours, as facts (model/ledger-words.ts says them). Pure: the same ledger gives the same problems.
 *
 * Each rule says in its own comment when it speaks. What chance explains is no problem; hours that may still change are not judged
 * by their volume. Consecutive hours with the same problem are told as one.
 */
import type { Agreement } from './agreement.ts'
import type { ClockService } from './clocks.ts'
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
import { HOUR_MS, type HourId, hourEnd, nextHour, WEEK_HOURS } from './time.ts'
import type { DamageKind, Verification } from './verify.ts'
import { dropOf, medianOf, VOLUME_RULE } from './volume.ts'

export const PROBLEM_KINDS = [
  'behind',
  'not-computed',
  'failed',
  'incomplete',
  'lost',
  'quarantined',
  'vanished',
  'damaged',
  'gap',
  'drop',
  'silent-partition',
  'disagreement',
  'clock',
] as const
export type ProblemKind = (typeof PROBLEM_KINDS)[number]

/** What is wrong with an hour. A kind is a rule; its causes are what that rule can find. */
export type Finding =
  | { readonly kind: 'behind'; readonly cause: 'never-looked' }
  | { readonly kind: 'behind'; readonly cause: 'not-looked-since'; readonly at: number }
  | { readonly kind: 'behind'; readonly cause: 'seal-refused'; readonly why: string }
  | ({ readonly kind: 'behind'; readonly cause: 'archive-behind' } & ArchiveLag)
  | ({ readonly kind: 'behind'; readonly cause: 'archive-falls-behind' } & ArchiveLag)
  | { readonly kind: 'behind'; readonly cause: 'not-sealed'; readonly at: number }
  | { readonly kind: 'not-computed'; readonly cause: 'not-computed' }
  | { readonly kind: 'not-computed'; readonly cause: 'late-not-computed' }
  | { readonly kind: 'failed'; readonly cause: 'not-computable'; readonly why: string }
  | {
      readonly kind: 'incomplete'
      readonly cause: 'records-not-counted'
      readonly records: number
      readonly of: number
    }
  | { readonly kind: 'incomplete'; readonly cause: 'records-beyond'; readonly records: number }
  | { readonly kind: 'lost'; readonly cause: 'records-lost'; readonly records: number }
  | {
      readonly kind: 'quarantined'
      readonly cause: 'files-set-aside'
      readonly records: number
      readonly files: number
      /** Whether the view that is there was computed with them. */
      readonly counted: boolean
    }
  | {
      readonly kind: 'vanished'
      readonly cause: 'files-vanished'
      readonly records: number
      readonly files: number
      /** Whether the view that is there was computed with them. */
      readonly counted: boolean
    }
  | {
      readonly kind: 'damaged'
      readonly cause: 'lake-damaged'
      readonly damage: DamageKind
      readonly path: string
      /** Further damages of the same hour. */
      readonly more: number
      /** When the lake was read, ms. */
      readonly at: number
    }
  | { readonly kind: 'gap'; readonly cause: 'no-records' }
  | {
      readonly kind: 'drop'
      readonly cause: 'few-records'
      readonly records: number
      /** Median of so many weeks, in whole records. */
      readonly usual: number
      readonly weeks: number
    }
  | { readonly kind: 'silent-partition'; readonly cause: 'partitions-silent'; readonly partitions: readonly number[] }
  | {
      readonly kind: 'disagreement'
      readonly cause: 'live-disagrees'
      readonly board: string
      readonly speedRecords: number
      readonly batchRecords: number
      /** Terms of the top 10 that were others. */
      readonly topDiffers: number
    }
  | { readonly kind: 'clock'; readonly cause: 'clock-off'; readonly service: ClockService; readonly seconds: number }

export interface ArchiveLag {
  /** When the archive was looked at, ms. */
  readonly at: number
  readonly lacking: readonly { readonly partition: number; readonly records: number }[]
}

/** A finding with the hours of [from, to) that have it. */
export type Problem = Finding & { readonly from: HourId; readonly to: HourId }

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
  /** What reading the whole lake found last; null: nobody has. */
  readonly verification?: Pick<Verification, 'at' | 'damages'> | null
  /** Records of complete hours, of the range and of the weeks before; an hour that is not there is not known. */
  readonly volumes: ReadonlyMap<HourId, number>
  readonly now: number
  readonly graceMs: number
}

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
  if (last && last.to === problem.from && isSame(last, problem)) {
    found[found.length - 1] = { ...last, to: problem.to }
  } else {
    found.push(problem)
  }
}

/** One rule has found both, so their facts stand in one order. */
function isSame({ from: _from, to: _to, ...a }: Problem, { from: _from2, to: _to2, ...b }: Problem): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

/** Before the first run of the hourly work nothing is known, and that is what is wrong. */
function unseen(kind: ProblemKind): Finding | null {
  return kind === 'behind' ? { kind, cause: 'never-looked' } : null
}

const COUNTED: readonly HourState[] = ['sealed', 'computed', 'amended']

/**
 * It should be sealed and is not: because nobody looked, because the archive lags, because of a file of it. An archive that lags
 * before any hour is due is told of the last one.
 */
const behind: Rule = (hour, judged) => {
  const { archive, graceMs } = judged
  const lag = lagFacts(archive)
  if (hour.state !== 'behind') {
    return lag && isFirstSign(hour, judged) ? { kind: 'behind', cause: 'archive-falls-behind', ...lag } : null
  }
  if (hour.refused !== null) return { kind: 'behind', cause: 'seal-refused', why: hour.refused }
  if (archive === null) return unseen('behind')
  const { at } = archive
  if (at < hourEnd(hour.hour) + graceMs) return { kind: 'behind', cause: 'not-looked-since', at }
  return lag ? { kind: 'behind', cause: 'archive-behind', ...lag } : { kind: 'behind', cause: 'not-sealed', at }
}

function isFirstSign(hour: JudgedHour, { hours }: Judged): boolean {
  return hour === hours.at(-1) && !hours.some(({ state }) => state === 'behind')
}

function lagFacts(archive: ArchiveStanding | null): ArchiveLag | null {
  if (archive === null || lagOf(archive) === 0) return null
  const lacking = archive.partitions
    .filter(({ high, archived }) => high > archived)
    .map(({ partition, high, archived }) => ({ partition, records: high - archived }))
  return { at: archive.at, lacking }
}

/** Sealed, and an hour after it should have been it is not computed, or not from the files that are there now. */
const notComputed: Rule = ({ hour, state, computed }, { now, graceMs }) => {
  if (now < sealDueAt(hour, graceMs) + HOUR_MS) return null
  const isStale = computed !== null && !computed.current && state !== 'failed'
  if (state !== 'sealed' && !isStale) return null
  return { kind: 'not-computed', cause: isStale ? 'late-not-computed' : 'not-computed' }
}

const failed: Rule = ({ failure }) => failure && { kind: 'failed', cause: 'not-computable', why: failure.message }

/** A promise of ours is broken: what was archived is neither counted, nor a copy, nor set aside. */
const incomplete: Rule = ({ completeness, computed, archived, quarantined }) => {
  if (completeness.computed === null || completeness.computed === 1 || !computed?.current) return null
  const whole = (archived?.records ?? 0) + quarantined.records
  const off = Math.round((1 - completeness.computed) * whole)
  return off > 0
    ? { kind: 'incomplete', cause: 'records-not-counted', records: off, of: whole }
    : { kind: 'incomplete', cause: 'records-beyond', records: -off }
}

const lost: Rule = ({ archived }) =>
  archived && archived.lost > 0 ? { kind: 'lost', cause: 'records-lost', records: archived.lost } : null

const quarantined: Rule = ({ quarantined: aside, computed }) => {
  const files = aside.files - (aside.vanished?.files ?? 0)
  const records = aside.records - (aside.vanished?.records ?? 0)
  if (files === 0) return null
  return { kind: 'quarantined', cause: 'files-set-aside', records, files, counted: computed?.lacking === 0 }
}

/** Files of the log are not in the lake, and nobody has accepted that they are lost. What was accepted is shown, and no problem. */
const vanished: Rule = ({ quarantined: { vanished: gone, accepted }, computed }) => {
  const files = (gone?.files ?? 0) - (accepted?.files ?? 0)
  const records = (gone?.records ?? 0) - (accepted?.records ?? 0)
  if (files <= 0) return null
  return { kind: 'vanished', cause: 'files-vanished', records, files, counted: computed?.lacking === 0 }
}

/** What has a rule of its own above, from what the hour itself says: that is true now, and a verification was last night's. */
const TOLD_BY_THE_HOUR: readonly DamageKind[] = ['missing', 'length', 'quarantined']

/** Reading the whole lake found more. What is of no hour (a hole in the log) is told of the last one. */
const damaged: Rule = (hour, { verification, hours }) => {
  if (!verification) return null
  const isLast = hour === hours.at(-1)
  const [first, ...others] = verification.damages.filter(
    (one) => !TOLD_BY_THE_HOUR.includes(one.kind) && (one.hour === hour.hour || (one.hour === null && isLast)),
  )
  if (!first) return null
  const { kind: damage, path } = first
  return { kind: 'damaged', cause: 'lake-damaged', damage, path, more: others.length, at: verification.at }
}

/** No records in an hour in which there usually are some: chance would do it less than once in a million hours. */
const gap: Rule = ({ hour, state }, judged) => {
  if (state !== 'gap') return null
  const usual = usualOf(hour, judged)
  return usual && dropOf(0, usual) ? { kind: 'gap', cause: 'no-records' } : null
}

/** A complete hour has far fewer records than the same hour of other weeks (model/volume.ts). */
const drop: Rule = ({ hour, state, archived, quarantined: aside }, judged) => {
  if (!COUNTED.includes(state) || archived === null) return null
  const found = dropOf(archived.records + aside.records, weekly(hour, judged))
  if (!found) return null
  const { records, usual, samples } = found
  return { kind: 'drop', cause: 'few-records', records, usual: Math.round(usual), weeks: samples }
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
  return silent.length === 0 ? null : { kind: 'silent-partition', cause: 'partitions-silent', partitions: silent }
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
  const { board, speedRecords, batchRecords, topDiffers } = worst
  return { kind: 'disagreement', cause: 'live-disagrees', board, speedRecords, batchRecords, topDiffers }
}

/** The machine of the batch worker that last looked has another time than a service: it seals nothing. Told of the last hour. */
const clock: Rule = (hour, { hours, archive }) => {
  const [worst] = (archive?.clocks ?? []).toSorted((a, b) => Math.abs(b.skewMs) - Math.abs(a.skewMs))
  if (!worst || hour !== hours.at(-1)) return null
  const { service, skewMs } = worst
  return { kind: 'clock', cause: 'clock-off', service, seconds: Math.round(skewMs / 1_000) }
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
  vanished,
  damaged,
  gap,
  drop,
  'silent-partition': silentPartition,
  disagreement,
  clock,
}

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
