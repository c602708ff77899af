/**
 * Starting batch work. The workflow id says what is done (model/requests.ts), so that starting the same while it runs finds the
 * run that is there, and starting it again later looks at what is left to do: nothing, or what failed.
 */
import { type Client, type WorkflowHandle, WorkflowIdConflictPolicy } from '@temporalio/client'
import { describeReason, describeRequest } from '../model/describe-request.ts'
import { type CompactRequest, type EditionRequest, inputOf } from '../model/requests.ts'
import { hourStart } from '../model/time.ts'
import type { cleanup, compact, hourly, preview, rebuild, recompute } from '../workflows/index.ts'
import { searchAttributes, type WorkflowType } from './names.ts'

export interface StartOptions {
  readonly taskQueue: string
  readonly workflowId: string
}

const sameIsOne = { workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING } as const

function attributes(kind: WorkflowType, stream: string | null) {
  return [
    { key: searchAttributes.kind, value: kind },
    ...(stream ? [{ key: searchAttributes.stream, value: stream }] : []),
  ]
}

/** Starts a recompute or a rebuild, or finds the one that runs under that id. */
export function startEdition(
  client: Client,
  request: EditionRequest,
  options: StartOptions,
): Promise<WorkflowHandle<typeof recompute> | WorkflowHandle<typeof rebuild>> {
  const { kind, stream, since } = request
  const settings = {
    ...sameIsOne,
    ...options,
    staticSummary: describeRequest(request),
    staticDetails: describeReason(request),
    typedSearchAttributes: [
      ...attributes(kind, stream),
      ...(since ? [{ key: searchAttributes.since, value: new Date(hourStart(since)) }] : []),
    ],
  }
  return client.workflow.start<typeof recompute | typeof rebuild>(kind, { ...settings, args: [inputOf(request)] })
}

/** Starts looking at what the recompute or rebuild would do. */
export function startPreview(
  client: Client,
  request: EditionRequest,
  options: StartOptions,
): Promise<WorkflowHandle<typeof preview>> {
  return client.workflow.start<typeof preview>('preview', {
    ...sameIsOne,
    ...options,
    args: [inputOf(request)],
    staticSummary: `what a ${request.kind} of ${request.stream} would do; writes nothing`,
    typedSearchAttributes: attributes('preview', request.stream),
  })
}

/**
 * One hourly run now. The schedule's own runs have the time behind the id: one may be running, and both do the same
 * idempotent work.
 */
export function startHourly(client: Client, options: StartOptions): Promise<WorkflowHandle<typeof hourly>> {
  return client.workflow.start<typeof hourly>('hourly', {
    ...sameIsOne,
    ...options,
    args: [],
    staticSummary: 'seal, compute stale hours, clean up',
    typedSearchAttributes: attributes('hourly', null),
  })
}

export function startCleanup(
  client: Client,
  dryRun: boolean,
  options: StartOptions,
): Promise<WorkflowHandle<typeof cleanup>> {
  return client.workflow.start<typeof cleanup>('cleanup', {
    ...sameIsOne,
    ...options,
    args: [{ dryRun }],
    staticSummary: dryRun ? 'list what cleanup would delete' : 'delete what nobody needs any more',
    typedSearchAttributes: attributes('cleanup', null),
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
  return client.workflow.start<typeof compact>('compact', {
    ...sameIsOne,
    ...options,
    args: [request],
    staticSummary: dryRun
      ? `what compacting ${stream}${range} would do; changes nothing`
      : `few files of many small ones: ${stream}${range}`,
    typedSearchAttributes: [
      ...attributes('compact', stream),
      ...(since ? [{ key: searchAttributes.since, value: new Date(hourStart(since)) }] : []),
    ],
  })
}
