/**
 * Starting batch work. The workflow id says what is done (model/requests.ts), so that starting the same while it runs finds the
 * run that is there, and starting it again later looks at what is left to do: nothing, or what failed.
 */
import { type Client, type WorkflowHandle, WorkflowIdConflictPolicy } from '@temporalio/client'
import { describeReason, describeRequest } from '../model/describe-request.ts'
import { type CompactRequest, type EditionRequest, inputOf } from '../model/requests.ts'
import { type HourId, hourStart } from '../model/time.ts'
import type { VerifyRequest } from '../model/verify.ts'
import type { cleanup, compact, hourly, preview, rebuild, recompute, verify } from '../workflows/index.ts'
import { searchAttributes, type WorkflowType } from './names.ts'

export interface StartOptions {
  readonly taskQueue: string
  readonly workflowId: string
}

interface About {
  readonly kind: WorkflowType
  /** null: every stream. */
  readonly stream: string | null
  readonly since?: HourId | null
  /** A line for the list of the Temporal UI. */
  readonly summary: string
}

/** What starting any of them sends: found again under its id while it runs, and by what it is about. */
function settingsOf({ kind, stream, since, summary }: About, options: StartOptions) {
  return {
    ...options,
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    staticSummary: summary,
    typedSearchAttributes: [
      { key: searchAttributes.kind, value: kind },
      ...(stream ? [{ key: searchAttributes.stream, value: stream }] : []),
      ...(since ? [{ key: searchAttributes.since, value: new Date(hourStart(since)) }] : []),
    ],
  }
}

/** Starts a recompute or a rebuild, or finds the one that runs under that id. */
export function startEdition(
  client: Client,
  request: EditionRequest,
  options: StartOptions,
): Promise<WorkflowHandle<typeof recompute> | WorkflowHandle<typeof rebuild>> {
  const { kind, stream, since } = request
  return client.workflow.start<typeof recompute | typeof rebuild>(kind, {
    ...settingsOf({ kind, stream, since, summary: describeRequest(request) }, options),
    staticDetails: describeReason(request),
    args: [inputOf(request)],
  })
}

/** Starts looking at what the recompute or rebuild would do. */
export function startPreview(
  client: Client,
  request: EditionRequest,
  options: StartOptions,
): Promise<WorkflowHandle<typeof preview>> {
  const { kind, stream } = request
  const summary = `what a ${kind} of ${stream} would do; writes nothing`
  return client.workflow.start<typeof preview>('preview', {
    ...settingsOf({ kind: 'preview', stream, summary }, options),
    args: [inputOf(request)],
  })
}

/**
 * One hourly run now. The schedule's own runs have the time behind the id: one may be running, and both do the same
 * idempotent work.
 */
export function startHourly(client: Client, options: StartOptions): Promise<WorkflowHandle<typeof hourly>> {
  const summary = 'seal, compute stale hours, clean up'
  return client.workflow.start<typeof hourly>('hourly', {
    ...settingsOf({ kind: 'hourly', stream: null, summary }, options),
    args: [],
  })
}

/** Starts cleanup, or the listing of what it would delete. */
export function startCleanup(
  client: Client,
  dryRun: boolean,
  options: StartOptions,
): Promise<WorkflowHandle<typeof cleanup>> {
  const summary = dryRun ? 'list what cleanup would delete' : 'delete what nobody needs any more'
  return client.workflow.start<typeof cleanup>('cleanup', {
    ...settingsOf({ kind: 'cleanup', stream: null, summary }, options),
    args: [{ dryRun }],
  })
}

/** Starts reading the whole lake against its logs, or finds the run that does. */
export function startVerify(
  client: Client,
  request: VerifyRequest,
  options: StartOptions,
): Promise<WorkflowHandle<typeof verify>> {
  const { stream, since } = request
  const summary = `the lake of ${stream} against its logs`
  return client.workflow.start<typeof verify>('verify', {
    ...settingsOf({ kind: 'verify', stream, since, summary }, options),
    args: [request],
  })
}

/** Starts compaction, or finds the one that runs under that id. */
export function startCompact(
  client: Client,
  request: CompactRequest,
  options: StartOptions,
): Promise<WorkflowHandle<typeof compact>> {
  const { stream, since, until, dryRun } = request
  const range = `${since ? ` since ${since}` : ''}${until ? ` until ${until}` : ''}`
  const summary = dryRun
    ? `what compacting ${stream}${range} would do; changes nothing`
    : `few files of many small ones: ${stream}${range}`
  return client.workflow.start<typeof compact>('compact', {
    ...settingsOf({ kind: 'compact', stream, since, summary }, options),
    args: [request],
  })
}
