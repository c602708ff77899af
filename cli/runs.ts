/** `tendance progress | pause | resume | cancel`: one run of batch work, by its workflow id. */
import { cancelUnattended } from '../activities/end-unattended.ts'
import { layoutAt } from '../lake/layout.ts'
import { openStore } from '../lake/open-store.ts'
import { noSuchEdition } from '../model/editions.ts'
import { fractionDone } from '../model/progress.ts'
import type { StreamName } from '../model/streams/stream.ts'
import type { TemporalClient } from '../temporal/connection.ts'
import { cancelRun, readRun, tellRun } from '../temporal/decide.ts'
import { afterRun, hasLostItsRun, readStanding } from '../temporal/run-standing.ts'
import { openViews } from '../views/views.ts'
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

/**
 * Ends it; of a recompute or rebuild, what it has computed is deleted: by the run itself, or, when the run is gone, here.
 * @param which a workflow id, or the number of the edition that it builds
 * @throws AppError `not-found`, `conflict` when readers see the edition, `unavailable`
 */
export async function endRun(cli: Cli, which: string, reason: string | undefined): Promise<void> {
  await using temporal = await connectTemporal(cli)
  const { client } = temporal
  const told = { by: person(), ...(reason === undefined ? {} : { reason }) }
  const isNumber = /^\d+$/.test(which)
  if (!isNumber && (await readStanding(client, which)).is === 'running') {
    return print(cli, `${which}: ${await cancelRun(client, which, told)}`)
  }
  const { config } = cli.load()
  await using views = await openViews({ ...config.mongo, appName: 'tendance cancel' })
  const editions = await views.editions.list(STREAM)
  const edition = isNumber
    ? editions.find(({ number }) => number === Number(which))
    : editions.findLast(({ workflowId }) => workflowId === which)
  if (!edition) {
    if (isNumber) throw noSuchEdition(STREAM, Number(which))
    await cancelRun(client, which, told)
    return
  }
  const { number, workflowId } = edition
  if (isNumber && workflowId !== null && !(await hasLostItsRun(client, edition))) {
    return print(cli, `${workflowId}: ${await cancelRun(client, workflowId, told)}`)
  }
  await using store = openStore(config.lake)
  const deps = { views, store, layout: layoutAt(config.lake.root), clock: cli.clock }
  await cancelUnattended(deps, edition, { by: person(), why: reason ?? 'no reason given' })
  print(cli, `edition ${number}: cancelled (its run is gone): what it had computed is deleted`)
}

const STREAM: StreamName = 'posts'

const STOPPED: readonly string[] = ['TERMINATED', 'TIMED_OUT']

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
    if (STOPPED.includes(run.status)) print(cli, `it did not end by itself: ${afterRun(id)}`)
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
