/** Proves a top n by looking up in the full tallies what the views' tallies do not have (model/tally-lookups.ts says what). */
import { type Doubt, type Doubted, doubted } from '../model/doubt.ts'
import { AppError, type ErrorCode, isAppError } from '../model/errors.ts'
import type { FullTallies } from '../model/full-tallies.ts'
import { type Lookup, type LookupAnswer, missing, resolve } from '../model/tally-lookups.ts'
import type { MergedTally } from '../model/tally-merge.ts'
import { type Top, topOf } from '../model/tally-top.ts'

export interface Proof extends Doubted {
  readonly merged: MergedTally
  readonly top: Top
  /** A full tally is gone: its hour was computed again since the view was read, so reading again helps. */
  readonly vanished: boolean
}

/** Two rounds are enough for a proof; the third only tells that nothing is left to ask. */
const ROUNDS_MAX = 3
const LOOKUPS_AT_ONCE = 8

/** The lake being away, or behind, costs the proof, not the answer. */
export const FORGIVEN: readonly ErrorCode[] = ['unavailable', 'not-found', 'denied', 'corrupt']

export async function proveTop(start: MergedTally, n: number, full: FullTallies | undefined): Promise<Proof> {
  let merged = start
  let trouble: Doubt | null = null
  let vanished = false
  for (let round = 0; round < ROUNDS_MAX && trouble === null; round++) {
    const lookups = missing(merged, n)
    if (lookups.length === 0) break
    if (!full) {
      trouble = { cause: 'lake-not-asked' }
      break
    }
    try {
      merged = resolve(merged, await lookUpAll(full, lookups))
    } catch (error) {
      if (!isAppError(error) || !FORGIVEN.includes(error.code)) throw error
      trouble = { cause: 'full-tallies-unread', why: error.message }
      vanished = error.code === 'not-found'
    }
  }
  const top = topOf(merged, n)
  return {
    merged,
    top,
    ...doubted(top.exact ? null : (trouble ?? { cause: 'live-counts-cut' })),
    vanished,
  }
}

async function lookUpAll(full: FullTallies, lookups: readonly Lookup[]): Promise<LookupAnswer[]> {
  const answers = new Array<LookupAnswer>(lookups.length)
  let next = 0
  const worker = async () => {
    while (next < lookups.length) {
      const at = next++
      answers[at] = await lookUp(full, lookups[at]!)
    }
  }
  await Promise.all(Array.from({ length: Math.min(LOOKUPS_AT_ONCE, lookups.length) }, worker))
  return answers
}

async function lookUp(full: FullTallies, lookup: Lookup): Promise<LookupAnswer> {
  const { part, path } = lookup
  if ('above' in lookup) return { part, above: lookup.above, terms: await full.above({ path }, lookup.above) }
  const counts = await full.lookup({ path }, lookup.keys)
  if (counts.length !== lookup.keys.length) {
    throw new AppError('internal', `full tally ${path} answered ${counts.length} counts for ${lookup.keys.length} keys`)
  }
  return { part, keys: lookup.keys, counts }
}
