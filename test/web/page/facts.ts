/** One of each that the server can tell: the types see to it that none is left out. */
import type { Doubt } from '../../../model/doubt.ts'
import type { ChangeFacts } from '../../../model/edition-change.ts'
import type { RunNote } from '../../../model/run-note.ts'
import type { Caused } from '../../../model/wording.ts'
import type { ProblemFacts } from '../../../web/contract/problem-facts.ts'

type OneOfEach<Facts extends Caused> = {
  readonly [Cause in Facts['cause']]: Extract<Facts, { readonly cause: Cause }>
}

/** As a program behind the server says it: English wherever it stands. */
export const WHY = 'ECONNREFUSED 127.0.0.1:27017'
const AT = Date.parse('2026-11-16T09:05:00Z')
const lag = { kind: 'behind', at: AT, lacking: [{ partition: 3, records: 1_234 }] } as const

const problems: OneOfEach<ProblemFacts> = {
  'service-away': { cause: 'service-away', service: 'Lake', why: WHY },
  'group-away': { cause: 'group-away', group: 'archive', waiting: 2_345 },
  'group-behind': { cause: 'group-behind', group: 'speed', waiting: 234_567 },
  'batch-away': { cause: 'batch-away' },
  'no-schedule': { cause: 'no-schedule' },
  'schedule-paused': { cause: 'schedule-paused', why: 'moving house' },
  'dead-letters': { cause: 'dead-letters', reasons: ['created_at', 'JSON'], others: true },
  'never-looked': { kind: 'behind', cause: 'never-looked' },
  'not-looked-since': { kind: 'behind', cause: 'not-looked-since', at: AT },
  'seal-refused': { kind: 'behind', cause: 'seal-refused', why: WHY },
  'archive-behind': { ...lag, cause: 'archive-behind' },
  'archive-falls-behind': { ...lag, cause: 'archive-falls-behind' },
  'not-sealed': { kind: 'behind', cause: 'not-sealed', at: AT },
  'not-computed': { kind: 'not-computed', cause: 'not-computed' },
  'late-not-computed': { kind: 'not-computed', cause: 'late-not-computed' },
  'not-computable': { kind: 'failed', cause: 'not-computable', why: WHY },
  'records-not-counted': { kind: 'incomplete', cause: 'records-not-counted', records: 12, of: 3_456 },
  'records-beyond': { kind: 'incomplete', cause: 'records-beyond', records: 4_567 },
  'records-lost': { kind: 'lost', cause: 'records-lost', records: 5_678 },
  'files-set-aside': { kind: 'quarantined', cause: 'files-set-aside', records: 6_789, files: 2, counted: false },
  'no-records': { kind: 'gap', cause: 'no-records' },
  'few-records': { kind: 'drop', cause: 'few-records', records: 210, usual: 7_890, weeks: 8 },
  'files-vanished': { kind: 'vanished', cause: 'files-vanished', records: 6_789, files: 2, counted: true },
  'lake-damaged': {
    kind: 'damaged',
    cause: 'lake-damaged',
    damage: 'log-hole',
    path: '/tendance/posts',
    more: 3,
    at: AT,
  },
  'partitions-silent': { kind: 'silent-partition', cause: 'partitions-silent', partitions: [2, 5] },
  'live-disagrees': {
    ...{ kind: 'disagreement', cause: 'live-disagrees', board: 'hashtags' },
    ...{ speedRecords: 8_901, batchRecords: 9_012, topDiffers: 3 },
  },
  'clock-off': { kind: 'clock', cause: 'clock-off', service: 'MongoDB', seconds: 7_201 },
}

const doubts: OneOfEach<Doubt> = {
  'lake-not-asked': { cause: 'lake-not-asked' },
  'full-tallies-unread': { cause: 'full-tallies-unread', why: WHY },
  'live-counts-cut': { cause: 'live-counts-cut' },
}

const notes: OneOfEach<RunNote> = {
  waiting: { cause: 'waiting', why: WHY },
  'to-be-decided': { cause: 'to-be-decided', edition: 3 },
  deleting: { cause: 'deleting' },
  'files-joined': { cause: 'files-joined', files: 1_234, into: 12 },
  'not-sealing': { cause: 'not-sealing', why: WHY },
  ended: { cause: 'ended', why: WHY },
}

const changes: OneOfEach<ChangeFacts> = {
  'gone-on-with': { cause: 'gone-on-with' },
  'to-be-decided': { cause: 'to-be-decided' },
  published: { cause: 'published', insteadOf: 4 },
  'gone-back-to': { cause: 'gone-back-to', insteadOf: 5 },
  'replaced-by': { cause: 'replaced-by', edition: 6 },
  'left-for': { cause: 'left-for', edition: 7 },
}

export const PROBLEMS: readonly ProblemFacts[] = Object.values(problems)
export const DOUBTS: readonly Doubt[] = Object.values(doubts)
export const NOTES: readonly RunNote[] = Object.values(notes)
export const CHANGES: readonly ChangeFacts[] = Object.values(changes)
