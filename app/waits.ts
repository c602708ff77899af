/**
 * What this process waits for now: every attempt at a service that has failed, or has had no answer, since when, and what the other side
 * said last. Who waits for more than ten seconds says so in one log line a service, and in another when it is over.
 *
 * An operation waits from the beginning of the first attempt that failed until an attempt succeeds. The pauses between attempts belong to
 * it; when nobody tries for half a minute, somebody has given up, and nothing waits any more.
 */
import { isAppError, messageOf } from '../model/errors.ts'
import type { Logger } from '../model/log.ts'
import type { Attempted, WaitReports } from '../model/waiting.ts'

/** One service that is waited for, as of now. */
export interface Waiting {
  readonly service: string
  readonly address: string
  /** The operation that waits longest, with what it is done to. */
  readonly doing: string
  readonly waitedMs: number
  /** In the words of the other side; undefined: it has not answered yet. */
  readonly lastError: string | undefined
}

export interface Waits extends WaitReports {
  /** What has waited for at least `TOLD_AFTER_MS`, longest first, a service at an address once. */
  read(): readonly Waiting[]
  /** Says in the log what began and what ended since the last call. */
  tell(logger: Logger): void
}

/** A restart of a NameNode or broker on an idle machine stays below it; a person who looks at a log must not be told of each hiccup. */
export const TOLD_AFTER_MS = 10_000
/** Pauses between attempts are at most 5 s. */
const GIVEN_UP_AFTER_MS = 30_000

interface Entry {
  readonly what: Attempted
  readonly inFlight: Set<{ readonly startedAt: number }>
  failedSince: number | undefined
  lastError: string | undefined
  lastTryAt: number
}

/** @param now a clock that only goes forward, ms */
export function createWaits(now: () => number = () => performance.now()): Waits {
  const entries = new Map<string, Entry>()
  const told = new Map<string, Waiting & { readonly since: number }>()

  const keyOf = ({ service, address, operation }: Attempted) => `${service} ${address} ${operation}`
  const entryOf = (what: Attempted): Entry => {
    const key = keyOf(what)
    let entry = entries.get(key)
    if (entry === undefined) {
      entry = { what, inFlight: new Set(), failedSince: undefined, lastError: undefined, lastTryAt: now() }
      entries.set(key, entry)
    }
    return entry
  }
  const settle = (entry: Entry) => {
    if (entry.inFlight.size === 0 && entry.failedSince === undefined) entries.delete(keyOf(entry.what))
  }
  const fail = (entry: Entry, startedAt: number, error: unknown) => {
    entry.failedSince = Math.min(entry.failedSince ?? startedAt, startedAt)
    entry.lastError = messageOf(error)
    entry.lastTryAt = now()
  }
  const succeed = (entry: Entry) => {
    entry.failedSince = undefined
    entry.lastError = undefined
    settle(entry)
  }
  const sinceOf = ({ failedSince, inFlight }: Entry) => {
    let since = failedSince ?? Number.POSITIVE_INFINITY
    for (const { startedAt } of inFlight) since = Math.min(since, startedAt)
    return since
  }

  const read = (): (Waiting & { readonly since: number })[] => {
    const at = now()
    const longest = new Map<string, Waiting & { readonly since: number }>()
    for (const [key, entry] of entries) {
      if (entry.inFlight.size === 0 && at - entry.lastTryAt > GIVEN_UP_AFTER_MS) {
        entries.delete(key)
        continue
      }
      const since = sinceOf(entry)
      if (at - since < TOLD_AFTER_MS) continue
      const { service, address, operation, on } = entry.what
      const group = `${service} ${address}`
      const before = longest.get(group)
      // one that was never answered says little: another one's words are of the same service
      const lastError = entry.lastError ?? before?.lastError
      if (before !== undefined && before.since <= since) {
        longest.set(group, { ...before, lastError: before.lastError ?? lastError })
        continue
      }
      const doing = on === undefined ? operation : `${operation} ${on}`
      longest.set(group, { service, address, doing, since, waitedMs: at - since, lastError })
    }
    return [...longest.values()].sort((a, b) => a.since - b.since)
  }

  return {
    async attempt(what, work) {
      const entry = entryOf(what)
      const flight = { startedAt: now() }
      entry.inFlight.add(flight)
      try {
        const answer = await work()
        entry.inFlight.delete(flight)
        succeed(entry)
        return answer
      } catch (error) {
        entry.inFlight.delete(flight)
        if (isAppError(error) && error.retry === 'later') fail(entry, flight.startedAt, error)
        else if (isAppError(error, 'cancelled')) settle(entry)
        else succeed(entry)
        throw error
      }
    },
    failed(what, error, sinceMs = 0) {
      fail(entryOf(what), now() - sinceMs, error)
    },
    answered(what) {
      const entry = entries.get(keyOf(what))
      if (entry) succeed(entry)
    },
    read,
    tell(logger) {
      const waiting = new Map(read().map((each) => [`${each.service} ${each.address}`, each]))
      for (const [group, each] of waiting) {
        if (!told.has(group)) {
          const { service, address, doing, lastError, waitedMs } = each
          const since = new Date(Date.now() - waitedMs).toISOString()
          logger.warn({ service, address, doing, since, lastError }, wordsOf(each))
        }
        told.set(group, { ...each, since: Math.min(each.since, told.get(group)?.since ?? each.since) })
      }
      for (const [group, { service, address, since }] of told) {
        if (waiting.has(group)) continue
        told.delete(group)
        const seconds = Math.round((now() - since) / 1_000)
        logger.info({ service, address, seconds }, `no longer waiting for ${service} at ${address}, after ${seconds} s`)
      }
    },
  }
}

/** `waiting for HDFS at http://…:9870 for 12 s (CREATE /x): SafeModeException: …` */
export function wordsOf({ service, address, doing, waitedMs, lastError }: Waiting): string {
  const seconds = Math.round(waitedMs / 1_000)
  return `waiting for ${service} at ${address} for ${seconds} s (${doing}): ${lastError ?? 'no answer yet'}`
}
