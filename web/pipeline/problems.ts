/** What is wrong now, in words, from one look around. Pure. The worst first; hours of the ledger last. */
import type { Group, PipelineProblem, Reason } from '../contract/pipeline.ts'
import type { Look } from './look.ts'

export interface Judged {
  readonly look: Look
  readonly groups: readonly Group[]
  /** Dead letters by reason; null: not known. */
  readonly reasons: readonly Reason[] | null
}

/** A worker asks for work about once a minute at the least. */
const POLLER_SILENT_MS = 5 * 60_000
/** Beyond it a group that has members is behind: ten seconds at 20,000 posts a second. */
const LAG_MAX = 200_000
const DEAD_LETTERS_RECENT_MS = 3_600_000

export function findPipelineProblems(judged: Judged): readonly PipelineProblem[] {
  const found = [
    ...servicesAway(judged.look),
    ...groupsAway(judged.groups),
    ...batchAway(judged.look),
    ...scheduleOff(judged.look),
    ...deadLettersNow(judged),
    ...hoursWrong(judged.look),
  ]
  const rank = { error: 0, warning: 1 } as const
  return found.toSorted((a, b) => rank[a.severity] - rank[b.severity])
}

function* servicesAway({ kafka, temporal, mongo, lake }: Look): Generator<PipelineProblem> {
  const services = [
    ['Kafka', kafka, 'nothing is taken in, archived or counted live'],
    ['MongoDB', mongo, 'answers are those that were known before'],
    ['Temporal', temporal, 'no hour is sealed or computed, nothing can be recomputed or published'],
    ['The lake', lake, 'nothing is archived or computed, and ranges cannot be proven'],
  ] as const
  for (const [name, seen, consequence] of services) {
    if (seen.ok) continue
    const code = `${name.split(' ').at(-1)!.toLowerCase()}-away`
    const message = `${name} does not answer: ${consequence}`
    yield { severity: 'error', code, message, remedy: seen.why, hours: null }
  }
}

const DOES = { archive: 'archives posts', speed: 'counts live' } as const

function* groupsAway(groups: readonly Group[]): Generator<PipelineProblem> {
  for (const { name, members, lag } of groups) {
    if (members.length === 0) {
      yield {
        severity: lag > 0 ? 'error' : 'warning',
        code: `${name}-away`,
        message: `Nobody ${DOES[name]}${lag > 0 ? `: ${count(lag)} posts wait` : ''}`,
        remedy: `Start one: 'tendance work ${name}'`,
        hours: null,
      }
    } else if (lag > LAG_MAX) {
      yield {
        severity: 'warning',
        code: `${name}-behind`,
        message: `${capital(name)} is ${count(lag)} posts behind`,
        remedy: `Another worker takes a share of the partitions: 'tendance work ${name}'`,
        hours: null,
      }
    }
  }
}

function* batchAway({ at, temporal }: Look): Generator<PipelineProblem> {
  if (!temporal.ok) return
  const alive = temporal.value.pollers.filter(({ seenAt }) => seenAt !== null && at - seenAt < POLLER_SILENT_MS)
  if (alive.length > 0) return
  yield {
    severity: 'error',
    code: 'batch-away',
    message: 'No batch worker asks for work: hours are neither sealed nor computed',
    remedy: "Start one: 'tendance work batch'",
    hours: null,
  }
}

function* scheduleOff({ temporal }: Look): Generator<PipelineProblem> {
  if (!temporal.ok) return
  const { schedule } = temporal.value
  if (schedule === null) {
    yield {
      severity: 'warning',
      code: 'no-schedule',
      message: 'There is no hourly schedule: hours are computed only when somebody asks for it',
      remedy: "'tendance schedule apply' makes it",
      hours: null,
    }
  } else if (schedule.paused) {
    yield {
      severity: 'warning',
      code: 'schedule-paused',
      message: `The hourly schedule is paused${schedule.note ? `: ${schedule.note}` : ''}`,
      remedy: "Let it go on in the Temporal UI; 'tendance hourly' runs it once meanwhile",
      hours: null,
    }
  }
}

function* deadLettersNow({ look, reasons }: Judged): Generator<PipelineProblem> {
  const recent = (reasons ?? []).filter(({ lastAt }) => look.at - lastAt < DEAD_LETTERS_RECENT_MS)
  const [most] = recent
  if (!most) return
  yield {
    severity: 'warning',
    code: 'dead-letters',
    message: `Posts could not be understood in the last hour: ${recent.map(({ reason }) => reason).join('; ')}`,
    remedy: "'tendance dead-letters list' shows them; with better code, 'tendance dead-letters replay' takes them in",
    hours: null,
  }
}

function* hoursWrong({ mongo }: Look): Generator<PipelineProblem> {
  if (!mongo.ok) return
  for (const { kind, from, to, what, todo } of mongo.value.problems) {
    yield {
      severity: 'warning',
      code: `hours-${kind}`,
      message: capital(what),
      remedy: capital(todo),
      hours: { from, to },
    }
  }
}

const capital = (text: string) => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`

function count(value: number): string {
  return value.toLocaleString('en-GB')
}
