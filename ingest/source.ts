/**
 * What a source is to ingest: records as they arrive, and a position from which it can go on.
 *
 * Invariant: a position stands behind all records up to it. It is saved only after the brokers have confirmed every one of them, so
 * after a crash a source gives some records again and leaves none out. Copies have the same id and count once.
 */
import type { Post } from '../model/streams/posts.ts'

/** A source's own idea of where it is; it comes back as it was given, through JSON. */
export type Position = null | boolean | number | string | readonly Position[] | { readonly [key: string]: Position }

/**
 * One record: a line of text; its bytes where they are no UTF-8; the beginning of a line that is too long; or a post that needs no
 * parsing because our own generator made it.
 */
export type RawRecord = string | Buffer | OverlongRecord | Post

/** Of a line that is longer than allowed: what it began with, and how long it was. */
export interface OverlongRecord {
  readonly overlong: true
  readonly head: Buffer
  readonly bytes: number
}

export interface SourceBatch {
  readonly records: readonly RawRecord[]
  /** Bytes taken in, for progress. */
  readonly bytes: number
  /** Where to go on when all records of this batch are safe. */
  readonly position: Position
  /** Where one of the records stands, for a dead letter: something a person can find it by. */
  positionOf(index: number): Position
}

export interface Source {
  /** Names the source in dead letters and saved positions: `file:/data/posts.jsonl`. */
  readonly name: string
  /** Stands in the records' own `source`: `file`, `socket`, `synthetic`. */
  readonly kind: string
  /**
   * Records from a position on (undefined: from the beginning), until the source ends or `signal` is aborted; an abort ends the
   * iteration, it does not throw. Nothing is read ahead of what the caller takes but a bounded amount.
   */
  open(from: Position | undefined, signal: AbortSignal): AsyncIterable<SourceBatch>
  /** Called after this batch position was saved: what may be done only then, such as moving a file away. */
  saved?(position: Position): Promise<void>
  /** How many records or bytes there will be, where that is known. */
  readonly expected?: { readonly records?: number; readonly bytes?: number }
}
