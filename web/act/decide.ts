/** What a person decides of editions: publish, reject, roll back; start a recompute. */
import type { z } from 'zod'
import { rejectUnattended } from '../../activities/end-unattended.ts'
import { mayHaveRun, whyUndecidable } from '../../model/editions.ts'
import { AppError } from '../../model/errors.ts'
import { parseRebuild, parseRecompute, workflowIdOf } from '../../model/requests.ts'
import { tellRun } from '../../temporal/decide.ts'
import { idOn } from '../../temporal/names.ts'
import { hasLostItsRun } from '../../temporal/run-standing.ts'
import { startEdition } from '../../temporal/start.ts'
import { runUrl } from '../../temporal/ui-url.ts'
import type {
  DecisionResponse,
  RecomputeBody,
  RollbackResponse,
  rollbackBody,
  StartedResponse,
} from '../contract/editions.ts'
import { liveOf, readEdition, STREAM } from '../read/editions.ts'
import { withTemporal } from '../read/runs.ts'
import type { Services } from '../services.ts'

/** Who decides it, when the request does not say. */
const SOMEBODY = 'web'

/**
 * Tells the run that holds the edition. It catches up before it publishes.
 * @throws AppError `not-found`, `conflict` when nothing waits, `unavailable`
 */
export async function decide(
  services: Services,
  number: number,
  decision: { readonly publish: boolean; readonly by?: string | undefined; readonly reason?: string | undefined },
): Promise<DecisionResponse> {
  const { publish, by = SOMEBODY, reason } = decision
  const views = await services.views()
  const edition = await readEdition(views, number)
  if (edition.state === 'live' && publish)
    return { edition: number, outcome: 'live-already', said: 'it is live already' }
  const refuse = (isRunGone: boolean): void => {
    const why = whyUndecidable(edition, publish ? 'publish' : 'reject', isRunGone)
    if (why === null) return
    const facts = { edition: number, state: edition.state }
    throw new AppError('conflict', `edition ${number} is ${edition.state}: ${why}`, { facts })
  }
  if (!mayHaveRun(edition)) refuse(false)
  const told = { by, ...(reason === undefined ? {} : { reason }) }
  const said = await withTemporal(services, `deciding on edition ${number}`, async (client) => {
    const isRunGone = await hasLostItsRun(client, edition)
    refuse(isRunGone)
    if (!isRunGone) return await tellRun(client, edition.workflowId!, publish ? 'publish' : 'reject', told)
    await rejectUnattended({ views, clock: services.clock }, edition, { by, why: reason ?? 'no reason given' })
    return 'rejected (its run is gone)'
  })
  return { edition: number, outcome: publish ? 'publishing' : 'rejected', said }
}

/** @throws AppError `conflict` when there is none before, or somebody published in between; `unavailable` */
export async function rollback(
  services: Services,
  { by = SOMEBODY, expectedVersion }: z.output<typeof rollbackBody>,
): Promise<RollbackResponse> {
  const views = await services.views()
  const seen = expectedVersion === undefined ? {} : { expectedVersion }
  const live = await views.live.rollback({ stream: STREAM, by, at: services.clock(), ...seen })
  return { live: liveOf(live) }
}

/** Starts it, or finds the run that does the same already. @throws AppError `bad-input`, `unavailable` */
export async function recompute(services: Services, body: RecomputeBody): Promise<StartedResponse> {
  const request = requestOf(body)
  const { taskQueue } = services.config.temporal
  const day = new Date(services.clock()).toISOString().slice(0, 10)
  const workflowId = idOn(taskQueue, workflowIdOf(request, day))
  return withTemporal(services, 'starting a recompute', async (client) => {
    await startEdition(client, request, { taskQueue, workflowId })
    return { workflowId, url: runUrl(services.config.temporal, workflowId) }
  })
}

/** @throws AppError `bad-input` naming what is wrong and what is right */
export function requestOf({ kind, since, until, ...fields }: RecomputeBody) {
  const common = { ...fields, by: fields.by ?? SOMEBODY }
  if (kind === 'recompute') return parseRecompute({ since, ...(until === undefined ? {} : { until }), ...common })
  if (since === undefined && until === undefined) return parseRebuild(common)
  throw new AppError('bad-input', `a rebuild is over the full history: leave 'since' and 'until' away`)
}
