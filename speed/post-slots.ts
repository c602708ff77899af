/**
 * Counts the posts of one slot straight from message values: nothing is decoded, the body is walked as batch walks it.
 *
 * Boundary: counts are bounded by the distinct terms of a slot, ids by `SLOT_IDS_MAX`. Spellings are shared by the slots
 * that are opened while a table is small enough; an old table goes when its last slot has closed.
 */

import { createHash } from 'node:crypto'
import { IdSet } from '../model/count/id-set.ts'
import { countPostBody } from '../model/count/scan-posts.ts'
import { SlotTermCounter } from '../model/count/slot-counter.ts'
import { SpellingTable } from '../model/count/spelling-table.ts'
import { isAppError } from '../model/errors.ts'
import type { Message } from '../model/messages.ts'
import { posts } from '../model/streams/posts.ts'
import { bookOf, type SchemaBook } from '../model/streams/schema-book.ts'
import { SINGLE_OBJECT_HEADER_BYTES } from '../model/streams/stream.ts'
import type { TallyColumns } from '../model/tally.ts'
import type { SlotCounter } from './partition-counter.ts'
import type { SlotCountersOptions } from './slot-counters.ts'

/** 8 M ids are about 300 MB: 5 minutes of 27,000 posts a second in one partition. */
const SLOT_IDS_MAX = 8_000_000
/** About 60 MB. */
const TABLE_SPELLINGS_MAX = 1_000_000
const IDS_FIRST = 64

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest()

export interface PostSlotsOptions extends SlotCountersOptions {
  readonly idsMax?: number
  readonly spellingsMax?: number
}

/** Makes the counters of slots, for one extractor. */
export function postSlots(options: PostSlotsOptions): () => SlotCounter {
  const { extractor, termLengthMax, idsMax = SLOT_IDS_MAX, spellingsMax = TABLE_SPELLINGS_MAX, onIdsFull } = options
  const schemas = options.schemas ?? bookOf(posts)
  let table = new SpellingTable(extractor.key)
  return () => {
    if (table.spellings.size >= spellingsMax) table = new SpellingTable(extractor.key)
    return new PostSlot(schemas, new SlotTermCounter(extractor, table, termLengthMax), idsMax, onIdsFull)
  }
}

class PostSlot implements SlotCounter {
  readonly #schemas: SchemaBook
  readonly #counter: SlotTermCounter
  readonly #ids = new IdSet(IDS_FIRST, sha256)
  readonly #idsMax: number
  readonly #onIdsFull: (ids: number) => void

  constructor(schemas: SchemaBook, counter: SlotTermCounter, idsMax: number, onIdsFull: (ids: number) => void) {
    this.#schemas = schemas
    this.#counter = counter
    this.#idsMax = idsMax
    this.#onIdsFull = onIdsFull
  }

  get records(): number {
    return this.#counter.records
  }

  get copies(): number {
    return this.#counter.copies
  }

  add({ value }: Message): boolean {
    const schema = this.#schemas.writerOf(value)
    if (schema === undefined || schema.problem !== undefined) return false
    const ids = this.#ids.size < this.#idsMax ? this.#ids : undefined
    try {
      countPostBody(value, SINGLE_OBJECT_HEADER_BYTES, value.length, this.#counter, ids, schema.walk)
    } catch (error) {
      // the archive puts it aside as a dead letter; here it only must not stop the others
      if (isAppError(error, 'corrupt')) return false
      throw error
    }
    if (ids !== undefined && ids.size === this.#idsMax) this.#onIdsFull(ids.size)
    return true
  }

  tally(): TallyColumns {
    return this.#counter.greatest()
  }
}
