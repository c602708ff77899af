/** `tendance publish`, `reject` and `rollback`: what a person decides of editions. */
import { rejectUnattended } from '../activities/end-unattended.ts'
import { type Edition, mayHaveRun, noSuchEdition, whyUndecidable } from '../model/editions.ts'
import { AppError, messageOf } from '../model/errors.ts'
import type { StreamName } from '../model/streams/stream.ts'
import { tellRun } from '../temporal/decide.ts'
import { idOn } from '../temporal/names.ts'
import { hasLostItsRun } from '../temporal/run-standing.ts'
import { startHourly } from '../temporal/start.ts'
import { openViews } from '../views/views.ts'
import { type Cli, print } from './cli.ts'
import { connectTemporal } from './connect.ts'
import { person } from './recompute.ts'

/**
 * Tells the run that holds the edition. It catches up before it publishes. An edition whose run is gone can be rejected all
 * the same; to publish it, somebody has to bring it up to date first.
 * @throws AppError `not-found`, `conflict` with what to do instead
 */
export async function decideEdition(
  cli: Cli,
  stream: StreamName,
  number: number,
  decision: { readonly publish: boolean; readonly reason?: string },
): Promise<void> {
  const { config } = cli.load()
  const { publish, reason } = decision
  await using views = await openViews({ ...config.mongo, appName: 'tendance publish' })
  const edition = await views.editions.get(stream, number)
  if (!edition) throw noSuchEdition(stream, number)
  if (edition.state === 'live' && publish) return print(cli, `edition ${number} is live already`)
  const told = { by: person(), ...(reason === undefined ? {} : { reason }) }
  if (!mayHaveRun(edition)) throw refusal(edition, decision, false)
  await using temporal = await connectTemporal(cli)
  const isRunGone = await hasLostItsRun(temporal.client, edition)
  if (whyUndecidable(edition, verbOf(decision), isRunGone) !== null) throw refusal(edition, decision, isRunGone)
  if (!isRunGone) {
    const answer = await tellRun(temporal.client, edition.workflowId!, verbOf(decision), told)
    return print(cli, `edition ${number}: ${answer}`)
  }
  const why = reason ?? 'no reason given'
  await rejectUnattended({ views, clock: cli.clock }, edition, { by: person(), why })
  print(cli, `edition ${number}: rejected (its run is gone)`)
}

const verbOf = ({ publish }: { readonly publish: boolean }) => (publish ? 'publish' : 'reject')

function refusal(edition: Edition, decision: { readonly publish: boolean }, isRunGone: boolean): AppError {
  const { stream, number, state } = edition
  const why = whyUndecidable(edition, verbOf(decision), isRunGone)
  return new AppError('conflict', `edition ${number} of ${stream}: ${why}`, {
    facts: { stream, edition: number, state },
  })
}

/**
 * Back to the edition that was live before: one atomic write. Hours that closed since then are not in it yet: an hourly run
 * is started, which computes them.
 */
export async function rollback(cli: Cli, stream: StreamName): Promise<void> {
  const { config } = cli.load()
  await using views = await openViews({ ...config.mongo, appName: 'tendance rollback' })
  const live = await views.live.rollback({ stream, by: person(), at: cli.clock() })
  print(cli, `edition ${live.edition} is live again`)
  print(cli, await catchUp(cli))
}

async function catchUp(cli: Cli): Promise<string> {
  try {
    await using temporal = await connectTemporal(cli)
    const { taskQueue } = cli.load().config.temporal
    const { workflowId } = await startHourly(temporal.client, { taskQueue, workflowId: idOn(taskQueue, 'hourly') })
    return `hours that closed since it was live are computed now: tendance follow ${workflowId}`
  } catch (error) {
    return `hours that closed since it was live are missing until the next hourly run, which could not be started now: ${messageOf(error)}`
  }
}
