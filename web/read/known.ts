/**
 * What the server knows: answers as JSON texts, bounded by size, the least used go first.
 *
 * - Of many who ask the same at once one asks the store; an answer is given again without asking for `freshMs`.
 * - An answer with a stamp (a digest of all that it was made from) is made again only when its stamp is another one.
 * - When a service does not answer, what was known is given, and since when; after a failure the service is left alone for a moment,
 *   so that nobody waits for a time-out in a queue.
 *
 * Invariant: a text is never given as fresh unless it was read, or its stamp compared, within `freshMs`.
 */
import { createHash } from 'node:crypto'
import { type AppError, isAppError } from '../../model/errors.ts'
import type { Clock } from '../../model/time.ts'
import type { ServiceName, Stale } from '../contract/common.ts'

export interface KnownOptions {
  readonly clock: Clock
  /** An answer this young is given again as it is. */
  readonly freshMs?: number
  /** A service that failed is left alone for so long. */
  readonly restMs?: number
  readonly bytesMax?: number
}

/** Every response says whether it is stale; a fresh one is stored. */
export interface Answerable {
  readonly stale: Stale
}

export interface Asking {
  /** Of the whole question. Two questions with one key have one answer. */
  readonly key: string
  /** Which service it needs first: one that failed is left alone for all who need it. */
  readonly of: Service
  /** What the answer would be made from now; null: it can change by itself. Cheap against `load`. */
  readonly stamp?: () => Promise<string | null>
  /** Answers the response, and the stamp that it was made from. */
  readonly load: () => Promise<{ readonly response: Answerable; readonly stamp?: string | null }>
  /** It never changes: once known it is not asked again. */
  readonly permanent?: boolean
  /** Rather than that of all. */
  readonly freshMs?: number
}

export type Service = 'views' | 'temporal' | 'kafka' | 'lake'

export interface Reply {
  /** JSON. */
  readonly text: string
  /** Of the text, or the stamp: two replies of one question with one tag say the same. */
  readonly tag: string
  readonly stale: Stale
}

export interface Known {
  /** @throws AppError what `load` threw, when nothing is known */
  ask(asking: Asking): Promise<Reply>
  /** Somebody has changed something here: ask again. What is known stays, for when nobody answers. */
  expire(): void
  /** How many answers are known. */
  readonly size: number
}

interface Entry {
  readonly text: string
  readonly tag: string
  readonly stamp: string | null
  /** When it was last read, or compared. */
  checkedAt: number
  freshUntil: number
}

const FRESH_MS = 500
const REST_MS = 1_000
const BYTES_MAX = 64 * 1024 * 1024

export function createKnown({
  clock,
  freshMs: freshForMs = FRESH_MS,
  restMs = REST_MS,
  bytesMax = BYTES_MAX,
}: KnownOptions): Known {
  const entries = new Map<string, Entry>()
  const asked = new Map<string, Promise<Reply>>()
  const resting = new Map<Service, { readonly until: number; readonly error: AppError }>()
  let bytes = 0
  let changes = 0

  function keep(key: string, entry: Entry): void {
    bytes -= drop(key)
    entries.set(key, entry)
    bytes += sizeOf(entry)
    for (const oldest of entries.keys()) {
      if (bytes <= bytesMax || oldest === key) break
      bytes -= drop(oldest)
    }
  }

  function drop(key: string): number {
    const entry = entries.get(key)
    entries.delete(key)
    return entry ? sizeOf(entry) : 0
  }

  /** What is known, moved to the end of the queue of those to go. */
  function used(key: string): Entry | undefined {
    const entry = entries.get(key)
    if (!entry) return undefined
    entries.delete(key)
    entries.set(key, entry)
    return entry
  }

  async function askAgain({
    key,
    of,
    stamp: readStamp,
    load,
    permanent = false,
    freshMs = freshForMs,
  }: Asking): Promise<Reply> {
    const known = used(key)
    const rest = resting.get(of)
    try {
      if (rest && rest.until > clock()) throw rest.error
      const at = clock()
      // what is read while somebody changes something may have been read before
      const seen = changes
      const freshUntil = () => (permanent ? Number.POSITIVE_INFINITY : seen === changes ? at + freshMs : at)
      if (known && known.stamp !== null && known.stamp === (await readStamp?.())) {
        known.checkedAt = at
        known.freshUntil = freshUntil()
        return fresh(known)
      }
      const loaded = await load()
      resting.delete(of)
      const made = loaded.stamp ?? null
      const text = JSON.stringify(loaded.response)
      const entry: Entry = { text, tag: made ?? tagOf(text), stamp: made, checkedAt: at, freshUntil: freshUntil() }
      keep(key, entry)
      return fresh(entry)
    } catch (error) {
      if (!isAppError(error, 'unavailable')) throw error
      if (rest?.error !== error) resting.set(of, { until: clock() + restMs, error })
      if (!known) throw error
      return staleReply(known, SERVICE_NAMES[of], error)
    }
  }

  return {
    ask(asking) {
      const { key } = asking
      const known = entries.get(key)
      if (known && clock() < known.freshUntil) return Promise.resolve(fresh(used(key)!))
      const already = asked.get(key)
      if (already) return already
      const shared = askAgain(asking).finally(() => {
        if (asked.get(key) === shared) asked.delete(key)
      })
      asked.set(key, shared)
      return shared
    },
    get size() {
      return entries.size
    },
    expire() {
      changes++
      asked.clear()
      for (const entry of entries.values()) {
        if (entry.freshUntil !== Number.POSITIVE_INFINITY) entry.freshUntil = 0
      }
    },
  }
}

function fresh({ text, tag }: Entry): Reply {
  return { text, tag, stale: null }
}

const SERVICE_NAMES = {
  views: 'MongoDB',
  temporal: 'Temporal',
  kafka: 'Kafka',
  lake: 'Lake',
} as const satisfies Record<Service, ServiceName>

function staleReply({ text, tag, checkedAt }: Entry, service: ServiceName, { message }: AppError): Reply {
  const stale = { since: checkedAt, service, why: message }
  const response = JSON.parse(text) as Answerable
  return { text: JSON.stringify({ ...response, stale }), tag: `${tag}-stale`, stale }
}

const BYTES_A_CHARACTER = 2
const BYTES_AN_ENTRY = 500

function sizeOf({ text }: Entry): number {
  return text.length * BYTES_A_CHARACTER + BYTES_AN_ENTRY
}

function tagOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
