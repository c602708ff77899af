/** Tries again, with a growing pause, what a store cannot do now. */
import { setTimeout as sleep } from 'node:timers/promises'
import { isAppError, messageOf } from '../model/errors.ts'
import type { Logger } from '../model/log.ts'

const PAUSE_MS_FIRST = 100
const PAUSE_MS_MAX = 3_000
/** Who is stopping does not wait longer for a store that does not answer. */
const LAST_TRIES_MAX = 3

/**
 * Repeats `attempt` until it succeeds.
 * @param closing once aborted, a few more tries and no more
 * @throws what trying again cannot help, or the last failure after `closing`
 */
export async function insist<T>(
  attempt: () => Promise<T>,
  doing: string,
  closing: AbortSignal,
  logger: Logger,
): Promise<T> {
  let lastTries = 0
  for (let tries = 0; ; tries++) {
    try {
      return await attempt()
    } catch (error) {
      if (closing.aborted) lastTries++
      if (!isAppError(error) || error.retry === 'never' || lastTries >= LAST_TRIES_MAX) throw error
      const pauseMs = Math.min(PAUSE_MS_MAX, PAUSE_MS_FIRST * 2 ** tries)
      // what lasts is told by the list of waits (app/waits.ts), once
      logger.debug({ pauseMs, reason: messageOf(error) }, `${doing}: trying again`)
      // the pause ends early when closing begins; the few tries after that keep theirs
      await sleep(pauseMs, undefined, closing.aborted ? {} : { signal: closing }).catch(() => {})
    }
  }
}
