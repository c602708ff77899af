/**
 * Ends an edition whose run is gone: it was terminated, timed out, deleted, or Temporal was set up anew. A person's command does what
 * the end of the run would have done, as nobody else ever will.
 *
 * An activity of a terminated run may go on until its next heartbeat, and store an hour behind the deletion. The edition is noted as
 * cleared first, so that readers never see that hour; the next cleanup finds it and deletes it.
 */
import type { Edition, EditionState } from '../model/editions.ts'
import { AppError } from '../model/errors.ts'
import { clearEdition } from './clear-edition.ts'
import type { BatchDependencies } from './dependencies.ts'

type Needs = Pick<BatchDependencies, 'views' | 'store' | 'layout' | 'clock'>

export interface Told {
  readonly by: string
  readonly why: string
}

/** Cancelled counts too: a command that was stopped in the middle of deleting is given again. */
const CANCELLABLE: readonly EditionState[] = ['building', 'held', 'failed', 'rejected', 'cancelled']

/**
 * Marks it as cancelled and deletes what was computed of it.
 * @throws AppError `conflict` when readers see it, or did
 */
export async function cancelUnattended(deps: Needs, { stream, number }: Edition, told: Told): Promise<void> {
  const { views, clock } = deps
  const live = await views.live.read(stream)
  // The live document alone decides what readers see (views/live.ts): it may name an edition whose state a crash left behind.
  if (live?.edition === number) {
    throw new AppError('conflict', `edition ${number} of ${stream} is live: 'tendance rollback' goes back`, {
      facts: { stream, edition: number },
    })
  }
  await views.editions.setState(stream, number, { from: CANCELLABLE, to: 'cancelled', at: clock(), ...told })
  await clearEdition(deps, stream, number)
}

/** What it has computed stays as long as rejected editions are kept. @throws AppError `conflict` */
export async function rejectUnattended(
  { views, clock }: Pick<Needs, 'views' | 'clock'>,
  { stream, number }: Edition,
  told: Told,
): Promise<void> {
  await views.editions.setState(stream, number, { from: ['building', 'held'], to: 'rejected', at: clock(), ...told })
}
