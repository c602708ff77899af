/** `tendance publish`, `reject` and `rollback`: what a person decides of editions. */
import { type Edition, lastChange, noSuchEdition, whyUndecidable } from '../model/editions.ts'
import { AppError, isAppError, messageOf } from '../model/errors.ts'
import type { StreamName } from '../model/streams/stream.ts'
import { tellRun } from '../temporal/decide.ts'
import { idOn } from '../temporal/names.ts'
import { startHourly } from '../temporal/start.ts'
import { openViews, type Views } from '../views/views.ts'
import { type Cli, print } from './cli.ts'
import { connectTemporal } from './connect.ts'
import { person } from './recompute.ts'

/**
 * Tells the run that holds the edition. It catches up before it publishes. An edition whose run has ended can be rejected
 * all the same; to publish it, somebody has to bring it up to date first.
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
  const why = whyUndecidable(edition, publish ? 'publish' : 'reject')
  if (why !== null) throw refusal(edition, why)
  const told = { by: person(), ...(reason === undefined ? {} : { reason }) }
  try {
    await using temporal = await connectTemporal(cli)
    const answer = await tellRun(temporal.client, edition.workflowId!, publish ? 'publish' : 'reject', told)
    print(cli, `edition ${number}: ${answer}`)
  } catch (error) {
    if (!isAppError(error, 'not-found')) throw error
    if (publish) throw refusal(edition, whyNobodyWaits(edition), error)
    await rejectUnattended(cli, views, edition, reason)
  }
}

function refusal(edition: Edition, why: string, cause?: unknown): AppError {
  const { stream, number, state } = edition
  return new AppError('conflict', `edition ${number} of ${stream}: ${why}`, {
    facts: { stream, edition: number, state },
    cause,
  })
}

/** A held edition without a run: it ended with failed hours, or the Temporal server has lost it. */
function whyNobodyWaits(edition: Edition): string {
  const held = lastChange(edition)
  const reason = held ? ` It is held because ${held.why}.` : ''
  return `its run ${edition.workflowId} has ended, so that nobody brings it up to date.${reason} 'tendance recompute --resume ${edition.workflowId}' computes only what is missing, then publishes it`
}

async function rejectUnattended(cli: Cli, views: Views, edition: Edition, reason = 'no reason given'): Promise<void> {
  const { stream, number } = edition
  const change = { from: ['held'], to: 'rejected', at: cli.clock(), by: person(), why: reason } as const
  await views.editions.setState(stream, number, change)
  print(cli, `edition ${number}: rejected (its run had ended)`)
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
