/**
 * `tendance recompute`, `rebuild`, `hourly`, `cleanup` and `follow`: start the workflow (or find the run that does the same
 * already), follow it with a bar, say what came of it. Ctrl-C leaves the run going on.
 */
import { hostname, userInfo } from 'node:os'
import type { Workflow, WorkflowHandle } from '@temporalio/client'
import { describeFailures } from '../model/progress.ts'
import { type EditionRequest, parseRebuild, parseRecompute, workflowIdOf } from '../model/requests.ts'
import { hourOf } from '../model/time.ts'
import type { CleanResult } from '../model/work.ts'
import type { TemporalClient } from '../temporal/connection.ts'
import { idOn } from '../temporal/names.ts'
import { type StartOptions, startCleanup, startEdition, startHourly, startPreview } from '../temporal/start.ts'
import { runUrl } from '../temporal/ui-url.ts'
import type { EditionResult } from '../workflows/edition.ts'
import type { HourlyResult } from '../workflows/hourly.ts'
import { type Cli, print } from './cli.ts'
import { connectTemporal } from './connect.ts'
import { follow } from './follow.ts'
import { count, createProgress } from './progress.ts'
import { showPreview } from './show-preview.ts'
import { parseEnd, parseHourText, type WhenContext } from './when.ts'

/** As typed: `since` and `until` in people's words, extractors as `hashtags@2`. */
export interface RecomputeOptions {
  readonly since: string
  readonly until?: string
  readonly extractor?: readonly string[]
  readonly board?: readonly string[]
  readonly hold?: boolean
  readonly newestFirst?: boolean
  readonly concurrency?: number
  readonly keep?: string
  readonly reason?: string
}

export type RebuildOptions = Omit<RecomputeOptions, 'since' | 'until'>

/** @throws AppError `bad-input` naming what is wrong and what is right */
export function recomputeRequest(options: RecomputeOptions, context: WhenContext): EditionRequest {
  const { since, until } = options
  return parseRecompute({
    since: parseHourText(since, context),
    ...(until === undefined ? {} : { until: hourOf(parseEnd(until, context)) }),
    ...editionFields(options),
  })
}

/** @throws AppError `bad-input` */
export function rebuildRequest(options: RebuildOptions): EditionRequest {
  return parseRebuild(editionFields(options))
}

function editionFields({ extractor, board, since: _since, until: _until, ...rest }: Partial<RecomputeOptions>) {
  return { by: person(), ...rest, ...(extractor ? { extractors: extractor } : {}), ...(board ? { boards: board } : {}) }
}

/** Who does it, as editions and runs name them. */
export function person(): string {
  return `${userInfo().username}@${hostname()}`
}

/** Starts the run, or finds it; follows it to its end unless `detach`. Resolves to its result, null when detached. */
export async function runWorkflow<W extends Workflow>(
  cli: Cli,
  workflowId: string,
  detach: boolean,
  start: (options: StartOptions, temporal: TemporalClient) => Promise<WorkflowHandle<W>>,
): Promise<Awaited<ReturnType<W>> | null> {
  const { config } = cli.load()
  await using temporal = await connectTemporal(cli)
  const { taskQueue } = config.temporal
  const handle = await start({ taskQueue, workflowId: idOn(taskQueue, workflowId) }, temporal)
  cli.stderr.write(` ${handle.workflowId}: ${runUrl(config.temporal, handle.workflowId)}\n`)
  if (detach) return null
  using bars = createProgress(cli)
  return await follow<W>(temporal.client, handle, bars.bar(handle.workflowId.split('-', 1)[0] ?? ''), cli.signal)
}

/** Resolves to null when it was left to itself. */
export async function runEdition(
  cli: Cli,
  request: EditionRequest,
  options: { readonly detach?: boolean } = {},
): Promise<EditionResult | null> {
  const result = await runWorkflow(
    cli,
    workflowIdOf(request, dayOf(cli)),
    options.detach ?? false,
    (start, { client }) => startEdition(client, request, start),
  )
  if (result) print(cli, describeEdition(result))
  return result
}

/** What it would do; writes nothing. @throws AppError `bad-input` */
export async function previewEdition(
  cli: Cli,
  request: EditionRequest,
  { json }: { readonly json: boolean },
): Promise<void> {
  const id = `preview-${workflowIdOf(request, dayOf(cli))}`
  const preview = await runWorkflow(cli, id, false, (start, { client }) => startPreview(client, request, start))
  if (preview) print(cli, json ? JSON.stringify(preview) : showPreview(cli, preview))
}

function dayOf(cli: Cli): string {
  return new Date(cli.clock()).toISOString().slice(0, 10)
}

export async function runHourly(
  cli: Cli,
  options: { readonly detach?: boolean } = {},
): Promise<readonly HourlyResult[] | null> {
  const results = await runWorkflow(cli, 'hourly', options.detach ?? false, (start, { client }) =>
    startHourly(client, start),
  )
  for (const result of results ?? []) print(cli, describeHourly(result))
  return results
}

export async function runCleanup(
  cli: Cli,
  options: { readonly dryRun: boolean },
): Promise<readonly CleanResult[] | null> {
  // Both can be asked for at the same time, so they have names of their own.
  const id = options.dryRun ? 'cleanup-dry-run' : 'cleanup'
  const results = await runWorkflow(cli, id, false, (start, { client }) => startCleanup(client, options.dryRun, start))
  for (const result of results ?? []) print(cli, describeCleaned(result))
  return results
}

/** Comes back to a run. Resolves to its result as it is. */
export async function followRun(cli: Cli, workflowId: string): Promise<unknown> {
  return runWorkflow(cli, workflowId, false, async (_start, { client }) => client.workflow.getHandle(workflowId))
}

export function describeEdition({ edition, state, done, failed, why }: EditionResult): string {
  const did = `${count(done.hours)} hours, ${count(done.records)} records, ${count(done.copies)} copies removed`
  switch (state) {
    case 'live':
      return `edition ${edition} is live: ${did}${why === null ? '' : `. But ${why}`}`
    case 'held':
      return `edition ${edition} is held, readers do not see it (${did}): ${why}${failed.length ? `. 'tendance recompute --resume ${edition}' computes only what failed${hasQuarantined(failed) ? ', without what is quarantined' : ''}` : ''}`
    case 'rejected':
    case 'cancelled':
      return `edition ${edition} is ${state}, readers never saw it: ${why}`
    default:
      return state satisfies never
  }
}

function hasQuarantined(failed: EditionResult['failed']): boolean {
  return failed.some(({ quarantined = [] }) => quarantined.length > 0)
}

export function describeHourly({ stream, edition, seal, done }: HourlyResult): string {
  const parts = [
    `${stream}, edition ${edition}: ${count(seal.sealed)} hours sealed, ${count(done.hours)} computed`,
    `${count(done.records)} records`,
    ...(done.amended ? [`${count(done.amended)} amended`] : []),
    ...(seal.behind ? [seal.behind] : []),
    ...(done.failed.length ? [`failed: ${describeFailures(done.failed)}`] : []),
  ]
  return parts.join(', ')
}

export function describeCleaned(cleaned: CleanResult): string {
  const { dryRun, speedDocuments, speedHours, temporaryFiles, tallyFiles, bytes, editions, listed } = cleaned
  const head = [
    `${dryRun ? 'would delete' : 'deleted'} speed views of ${count(speedHours)} hours${dryRun ? '' : ` (${count(speedDocuments)} documents)`}`,
    `${count(temporaryFiles)} temporary files`,
    `${count(tallyFiles)} tallies (${(bytes / 1e6).toFixed(1)} MB)`,
    `views of ${editions.length === 0 ? 'no edition' : `editions ${editions.join(', ')}`}`,
  ].join(', ')
  return dryRun ? [head, ...listed.map((name) => `  ${name}`)].join('\n') : head
}
