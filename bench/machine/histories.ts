/**
 * How much the Temporal server keeps of a run and of every run that it continued as, and how much went on at once: out of the
 * histories themselves, so that it is what the server saw and not what the workflow believes.
 */
import type { Client, WorkflowHandle } from '@temporalio/client'
import type { temporal } from '@temporalio/proto'

export interface HistoryFigures {
  /** Runs of the chain: one more than it continued as new. */
  readonly runs: number
  readonly events: number
  /** Of the largest history. */
  readonly eventsMax: number
  readonly bytesMax: number
  /** Of the largest single input, result or detail that stands in any of them. */
  readonly payloadBytesMax: number
  readonly activities: number
  /** Scheduled and not ended, at most. */
  readonly inFlightMax: number
}

type Event = temporal.api.history.v1.IHistoryEvent

const NOTHING: HistoryFigures = {
  runs: 0,
  events: 0,
  eventsMax: 0,
  bytesMax: 0,
  payloadBytesMax: 0,
  activities: 0,
  inFlightMax: 0,
}

/** From the first run on, along what each continued as. */
export async function measureHistories(
  client: Client,
  workflowId: string,
  firstRunId: string,
): Promise<HistoryFigures> {
  let figures = NOTHING
  for (let runId: string | undefined = firstRunId; runId; ) {
    const handle: WorkflowHandle = client.workflow.getHandle(workflowId, runId)
    const [history, { historySize }] = await Promise.all([handle.fetchHistory(), handle.describe()])
    const events: readonly Event[] = history.events ?? []
    figures = addRun(figures, events, historySize ?? 0)
    runId = events.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ?? undefined
  }
  return figures
}

function addRun(figures: HistoryFigures, events: readonly Event[], bytes: number): HistoryFigures {
  let { activities, inFlightMax } = figures
  let inFlight = 0
  for (const event of events) {
    if (event.activityTaskScheduledEventAttributes) {
      activities += 1
      inFlight += 1
    }
    if (endsActivity(event)) inFlight -= 1
    inFlightMax = Math.max(inFlightMax, inFlight)
  }
  return {
    runs: figures.runs + 1,
    events: figures.events + events.length,
    eventsMax: Math.max(figures.eventsMax, events.length),
    bytesMax: Math.max(figures.bytesMax, bytes),
    payloadBytesMax: Math.max(figures.payloadBytesMax, ...events.map(largestPayload)),
    activities,
    inFlightMax,
  }
}

function endsActivity(event: Event): boolean {
  return [
    event.activityTaskCompletedEventAttributes,
    event.activityTaskFailedEventAttributes,
    event.activityTaskTimedOutEventAttributes,
    event.activityTaskCanceledEventAttributes,
  ].some((attributes) => attributes !== undefined && attributes !== null)
}

/** A payload is the only message that holds `data` in bytes. */
function largestPayload(value: unknown): number {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return 0
  const { data } = value as { data?: unknown }
  const own = data instanceof Uint8Array ? data.length : 0
  return Math.max(own, ...Object.values(value).map(largestPayload))
}
