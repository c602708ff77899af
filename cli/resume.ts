/**
 * `tendance recompute --resume <workflow-id or edition>`: starts a recompute or rebuild again that ended with failed hours, or failed
 * itself, with the input that it had. It finds the edition that it has begun, and computes what is missing: only what failed.
 */
import { AppError } from '../model/errors.ts'
import { type EditionRequest, parseRebuild, parseRecompute } from '../model/requests.ts'
import type { StreamName } from '../model/streams/stream.ts'
import { connectClient } from '../temporal/connection.ts'
import { readRunInput } from '../temporal/run-input.ts'
import { startEdition } from '../temporal/start.ts'
import { openViews } from '../views/views.ts'
import type { EditionResult } from '../workflows/edition.ts'
import { type Cli, print } from './cli.ts'
import { describeEdition, runWorkflow } from './recompute.ts'

const STREAM: StreamName = 'posts'
const PATIENCE_MS = 10_000

/**
 * @returns null when it was left to itself
 * @throws AppError `not-found`, `conflict` when its edition is ended for good
 */
export async function resumeEdition(
  cli: Cli,
  which: string,
  { detach }: { readonly detach: boolean },
): Promise<EditionResult | null> {
  const workflowId = await workflowOf(cli, which)
  const request = await requestOf(cli, workflowId)
  const { taskQueue } = cli.load().config.temporal
  const result = await runWorkflow(cli, workflowId, detach, (_start, { client }) =>
    startEdition(client, request, { taskQueue, workflowId }),
  )
  if (result) print(cli, describeEdition(result))
  return result
}

/** The run that builds the edition, be it named by its id or by the edition's number. */
async function workflowOf(cli: Cli, which: string): Promise<string> {
  const { config } = cli.load()
  await using views = await openViews({ ...config.mongo, appName: 'tendance recompute' })
  const editions = await views.editions.list(STREAM)
  const edition = /^\d+$/.test(which)
    ? editions.find(({ number }) => number === Number(which))
    : editions.findLast((one) => one.workflowId === which)
  if (!edition?.workflowId) {
    const why = edition ? `edition ${which} was not made by a run` : `no edition was begun by ${which}`
    throw new AppError('not-found', `${why}: 'tendance editions' lists what there is`, { facts: { which } })
  }
  const { number, state, workflowId } = edition
  if (state === 'building' || state === 'held' || state === 'failed' || state === 'live') return workflowId
  throw new AppError('conflict', `edition ${number} is ${state}, which is for good: recompute anew`, {
    facts: { edition: number, state },
  })
}

async function requestOf(cli: Cli, workflowId: string): Promise<EditionRequest> {
  const { config } = cli.load()
  await using temporal = await connectClient(config.temporal, { patienceMs: PATIENCE_MS, signal: cli.signal })
  const { workflowType, input } = await readRunInput(temporal.client, workflowId)
  return workflowType === 'rebuild' ? parseRebuild(input) : parseRecompute(input)
}
