/** `tendance progress | pause | resume | cancel`: one run of batch work, by its workflow id. */
import { fractionDone } from '../model/progress.ts'
import type { TemporalClient } from '../temporal/connection.ts'
import { cancelRun, readRun, tellRun } from '../temporal/decide.ts'
import { type Cli, print } from './cli.ts'
import { connectTemporal } from './connect.ts'
import { aboutProgress } from './follow.ts'
import { person } from './recompute.ts'

/** @throws AppError `not-found`, `unavailable` */
export async function pauseRun(cli: Cli, workflowId: string, paused: boolean): Promise<void> {
  await withRun(cli, workflowId, async ({ client }, id) => {
    print(cli, `${id}: ${await tellRun(client, id, paused ? 'pause' : 'resume')}`)
  })
}

/** Ends it; of a recompute or rebuild, what it has computed is deleted. @throws AppError `not-found`, `unavailable` */
export async function endRun(cli: Cli, workflowId: string, reason: string | undefined): Promise<void> {
  await withRun(cli, workflowId, async ({ client }, id) => {
    const told = { by: person(), ...(reason === undefined ? {} : { reason }) }
    print(cli, `${id}: ${await cancelRun(client, id, told)}`)
  })
}

/** How far it is, once. @throws AppError `not-found` */
export async function showProgress(cli: Cli, workflowId: string, json: boolean): Promise<void> {
  await withRun(cli, workflowId, async ({ client }, id) => {
    const run = await readRun(client, id)
    const { progress } = run
    if (json) return print(cli, JSON.stringify({ ...run, fraction: progress && fractionDone(progress) }))
    const percent = progress
      ? `${Math.floor(fractionDone(progress) * 100)}%  ${aboutProgress(progress)}`
      : 'no worker answers'
    print(cli, `${id}: ${run.status.toLowerCase()}, ${percent}`)
  })
}

async function withRun(
  cli: Cli,
  workflowId: string,
  use: (temporal: TemporalClient, id: string) => Promise<void>,
): Promise<void> {
  await using temporal = await connectTemporal(cli)
  await use(temporal, workflowId)
}
