/**
 * `tendance recompute --resume <workflow-id or edition>`: starts a recompute or rebuild again that ended with failed hours, or failed
 * itself, with the input that it had. It finds the edition that it has begun, and computes what is missing: only what failed.
 */
import type { Edition } from '../model/editions.ts'
import { AppError, isAppError } from '../model/errors.ts'
import { type EditionRequest, parseRebuild, parseRecompute, requestOfEdition } from '../model/requests.ts'
import type { StreamName } from '../model/streams/stream.ts'
import { readRunInput } from '../temporal/run-input.ts'
import { startEdition } from '../temporal/start.ts'
import { openViews } from '../views/views.ts'
import type { EditionResult } from '../workflows/edition.ts'
import { type Cli, print } from './cli.ts'
import { connectTemporal } from './connect.ts'
import { describeEdition, runWorkflow } from './recompute.ts'

const STREAM: StreamName = 'posts'

/**
 * @returns null when it was left to itself
 * @throws AppError `not-found`, `conflict` when its edition is ended for good
 */
export async function resumeEdition(
  cli: Cli,
  which: string,
  { detach }: { readonly detach: boolean },
): Promise<EditionResult | null> {
  const edition = await editionOf(cli, which)
  const { workflowId } = edition
  const request = await requestOf(cli, edition)
  const { taskQueue } = cli.load().config.temporal
  const result = await runWorkflow(cli, workflowId, detach, (_start, { client }) =>
    startEdition(client, request, { taskQueue, workflowId }),
  )
  if (result) print(cli, describeEdition(result))
  return result
}

interface Begun extends Edition {
  readonly workflowId: string
}

/** The edition that the run builds, be it named by the run's id or by the edition's number. */
async function editionOf(cli: Cli, which: string): Promise<Begun> {
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
  if (state === 'building' || state === 'held' || state === 'failed' || state === 'live')
    return { ...edition, workflowId }
  throw new AppError('conflict', `edition ${number} is ${state}, which is for good: recompute anew`, {
    facts: { edition: number, state },
  })
}

/** What was asked for; when Temporal has forgotten it, or was set up anew, what the edition says of itself. */
async function requestOf(cli: Cli, edition: Begun): Promise<EditionRequest> {
  await using temporal = await connectTemporal(cli)
  try {
    const { workflowType, input } = await readRunInput(temporal.client, edition.workflowId)
    return workflowType === 'rebuild' ? parseRebuild(input) : parseRecompute(input)
  } catch (error) {
    if (!isAppError(error, 'not-found')) throw error
    cli.stderr.write(
      ` Temporal no longer knows ${edition.workflowId}: edition ${edition.number} is made complete from what it says of itself, then held\n`,
    )
    return requestOfEdition(edition)
  }
}
