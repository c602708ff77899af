/** What is wrong with a range of hours (model/ledger-problems.ts has the rules; here is what they look at). */
import { type ArchiveStanding, checkLedgerRange } from '../model/ledger.ts'
import { findProblems, type Problem } from '../model/ledger-problems.ts'
import type { StreamName } from '../model/streams/stream.ts'
import { type HourId, hoursBetween, nextHour, WEEK_HOURS } from '../model/time.ts'
import { VOLUME_RULE } from '../model/volume.ts'
import { type AskHours, askHours, type HourReport, type HoursQuestion } from './ask-hours.ts'

export interface HourProblems {
  readonly stream: StreamName
  /** Looked at: the hours of [from, to). */
  readonly from: HourId
  readonly to: HourId
  /** In time order; none: all is well. */
  readonly problems: readonly Problem[]
  readonly archive: ArchiveStanding | null
}

/** @throws AppError `bad-input`, `unavailable` */
export async function askProblems(ask: AskHours, question: Omit<HoursQuestion, 'limit'>): Promise<HourProblems> {
  const { stream } = question
  if (question.from && question.to) checkLedgerRange(question.from, question.to)
  const hours: HourReport[] = []
  let page = await askHours(ask, question)
  const { from, archive } = page
  hours.push(...page.hours)
  while (page.next !== null) {
    page = await askHours(ask, { stream, from: page.next, to: question.to })
    hours.push(...page.hours)
  }
  const { to } = page
  const volumes = await readVolumes(ask, stream, page.known?.first ?? null, from, to)
  const verification = await ask.views.hours.verification(stream)
  const problems = findProblems({ hours, archive, verification, volumes, now: ask.clock(), graceMs: ask.graceMs })
  return { stream, from, to, problems, archive }
}

/**
 * Records of complete hours: of [from, to) and of the weeks before that it is compared with. An hour without entry had none, once
 * the stream had begun; an open one is not known yet.
 */
async function readVolumes(
  { views }: AskHours,
  stream: StreamName,
  first: HourId | null,
  from: HourId,
  to: HourId,
): Promise<ReadonlyMap<HourId, number>> {
  if (first === null) return new Map()
  const weeksBefore = nextHour(from, -VOLUME_RULE.weeks * WEEK_HOURS)
  const start = first > weeksBefore ? first : weeksBefore
  const found = await views.hours.volumes(stream, { from: start, to })
  return new Map(
    hoursBetween(start, to).flatMap((hour): [HourId, number][] => {
      const records = found.get(hour)
      return records === null ? [] : [[hour, records ?? 0]]
    }),
  )
}
