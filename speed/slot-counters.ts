/** The registry of what counts a slot of each stream: a new stream is a file beside post-slots.ts and a line here. */
import type { SchemaBook } from '../model/streams/schema-book.ts'
import type { StreamName } from '../model/streams/stream.ts'
import type { Extractor } from '../model/terms/index.ts'
import type { SlotCounter } from './partition-counter.ts'
import { postSlots } from './post-slots.ts'

export interface SlotCountersOptions {
  readonly extractor: Extractor
  /** What messages were written with: it has learnt every batch's schemas before. Without it today's alone is counted. */
  readonly schemas?: SchemaBook
  /** Of the board, in code points; TERM_LENGTH_MAX when it is left out. */
  readonly termLengthMax?: number
  /** Called once a slot when it has so many ids that further ones are not kept: copies of those will count. */
  readonly onIdsFull: (ids: number) => void
}

/** For each stream: makes a maker of slot counters, for one extractor. */
export const slotCounters = {
  posts: postSlots,
} as const satisfies Record<StreamName, (options: SlotCountersOptions) => () => SlotCounter>
