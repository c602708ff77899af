/** What is wrong now, as facts and in English, from one look around. Pure. The worst first; hours of the ledger last. */
import { capitalised, PLAIN_WRITING, type Writing, wordsFor } from '../../model/wording.ts'
import type { Sent } from '../contract/common.ts'
import type { Group, PipelineProblem, Reason } from '../contract/pipeline.ts'
import { factsEn } from '../page/text/facts-en.ts'
import type { Look } from './look.ts'

export interface Judged {
  readonly look: Look
  readonly groups: readonly Group[]
  /** Dead letters by reason; null: not known. */
  readonly reasons: readonly Reason[] | null
}

type Found = Omit<Sent<PipelineProblem>, 'message' | 'remedy'>

/** A worker asks for work about once a minute at the least. */
const POLLER_SILENT_MS = 5 * 60_000
/** Beyond it a group that has members is behind: ten seconds at 20,000 posts a second. */
const LAG_MAX = 200_000
const DEAD_LETTERS_RECENT_MS = 3_600_000

export function findPipelineProblems(judged: Judged): readonly Sent<PipelineProblem>[] {
  const found = [
    ...servicesAway(judged.look),
    ...groupsAway(judged.groups),
    ...batchAway(judged.look),
    ...scheduleOff(judged.look),
    ...deadLettersNow(judged),
    ...hoursWrong(judged.look),
  ]
  const rank = { error: 0, warning: 1 } as const
  return found.toSorted((a, b) => rank[a.severity] - rank[b.severity]).map(inWords)
}

const WRITING: Writing = { ...PLAIN_WRITING, count: (n) => n.toLocaleString('en-GB') }

function inWords(found: Found): Sent<PipelineProblem> {
  const { what, todo } = wordsFor(factsEn.problems, found.facts, WRITING)
  return { ...found, message: capitalised(what), remedy: capitalised(todo) }
}

function* servicesAway({ kafka, mongo, temporal, lake }: Look): Generator<Found> {
  const services = [
    ['Kafka', kafka],
    ['MongoDB', mongo],
    ['Temporal', temporal],
    ['Lake', lake],
  ] as const
  for (const [service, seen] of services) {
    if (seen.ok) continue
    const code = `${service.toLowerCase()}-away`
    yield { severity: 'error', code, facts: { cause: 'service-away', service, why: seen.why }, hours: null }
  }
}

function* groupsAway(groups: readonly Group[]): Generator<Found> {
  for (const { name: group, members, lag: waiting } of groups) {
    if (members.length === 0) {
      const severity = waiting > 0 ? 'error' : 'warning'
      yield { severity, code: `${group}-away`, facts: { cause: 'group-away', group, waiting }, hours: null }
    } else if (waiting > LAG_MAX) {
      const facts = { cause: 'group-behind', group, waiting } as const
      yield { severity: 'warning', code: `${group}-behind`, facts, hours: null }
    }
  }
}

function* batchAway({ at, temporal }: Look): Generator<Found> {
  if (!temporal.ok) return
  const alive = temporal.value.pollers.filter(({ seenAt }) => seenAt !== null && at - seenAt < POLLER_SILENT_MS)
  if (alive.length > 0) return
  yield { severity: 'error', code: 'batch-away', facts: { cause: 'batch-away' }, hours: null }
}

function* scheduleOff({ temporal }: Look): Generator<Found> {
  if (!temporal.ok) return
  const { schedule } = temporal.value
  if (schedule === null) {
    yield { severity: 'warning', code: 'no-schedule', facts: { cause: 'no-schedule' }, hours: null }
  } else if (schedule.paused) {
    const facts = { cause: 'schedule-paused', why: schedule.note } as const
    yield { severity: 'warning', code: 'schedule-paused', facts, hours: null }
  }
}

function* deadLettersNow({ look, reasons }: Judged): Generator<Found> {
  const recent = (reasons ?? []).filter(({ lastAt }) => look.at - lastAt < DEAD_LETTERS_RECENT_MS)
  if (recent.length === 0) return
  const named = recent.filter(({ rest }) => !rest).map(({ reason }) => reason)
  const facts = { cause: 'dead-letters', reasons: named, others: named.length < recent.length } as const
  yield { severity: 'warning', code: 'dead-letters', facts, hours: null }
}

function* hoursWrong({ mongo }: Look): Generator<Found> {
  if (!mongo.ok) return
  for (const { from, to, ...facts } of mongo.value.problems) {
    yield { severity: 'warning', code: `hours-${facts.kind}`, facts, hours: { from, to } }
  }
}
