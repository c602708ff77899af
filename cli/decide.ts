/** `tendance publish`, `reject` and `rollback`: what a person decides of editions. */
import { AppError } from '../model/errors.ts'
import type { StreamName } from '../model/streams/stream.ts'
import { connectClient } from '../temporal/connection.ts'
import { tellRun } from '../temporal/decide.ts'
import { openViews } from '../views/views.ts'
import { type Cli, print } from './cli.ts'
import { person } from './recompute.ts'

const PATIENCE_MS = 10_000

/**
 * Tells the run that holds the edition. It catches up before it publishes.
 * @throws AppError `not-found`, `conflict` when nothing waits
 */
export async function decideEdition(
  cli: Cli,
  stream: StreamName,
  number: number,
  decision: { readonly publish: boolean; readonly reason?: string },
): Promise<void> {
  const { config } = cli.load()
  await using views = await openViews({ ...config.mongo, appName: 'tendance publish' })
  const edition = await views.editions.get(stream, number)
  if (!edition) {
    throw new AppError('not-found', `there is no edition ${number} of ${stream}; 'tendance editions' lists them`, {
      facts: { stream, edition: number },
    })
  }
  if (edition.state === 'live' && decision.publish) return print(cli, `edition ${number} is live already`)
  if (edition.workflowId === null || edition.state !== 'held') {
    throw new AppError(
      'conflict',
      `edition ${number} of ${stream} is ${edition.state}: only a held one waits for a person`,
      {
        facts: { stream, edition: number, state: edition.state },
      },
    )
  }
  await using temporal = await connectClient(config.temporal, { patienceMs: PATIENCE_MS, signal: cli.signal })
  const { publish, reason } = decision
  const told = { by: person(), ...(reason === undefined ? {} : { reason }) }
  const answer = await tellRun(temporal.client, edition.workflowId, publish ? 'publish' : 'reject', told)
  print(cli, `edition ${number}: ${answer}`)
}

/** Back to the edition that was live before: one atomic write. The next hourly run brings it up to date. */
export async function rollback(cli: Cli, stream: StreamName): Promise<void> {
  const { config } = cli.load()
  await using views = await openViews({ ...config.mongo, appName: 'tendance rollback' })
  const live = await views.live.rollback({ stream, by: person(), at: cli.clock() })
  print(cli, `edition ${live.edition} is live again`)
}
