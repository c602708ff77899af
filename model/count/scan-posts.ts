/**
 * The hot path: counts the posts of one decompressed Avro block, or of one message, reading only id and text.
 *
 * Boundary: follows the fields of model/streams/posts.ts by hand, in their order; a test encodes posts by the schema and
 * holds both to agree. A block must be walked exactly to its end (the pair of the writer's own assertion).
 *
 * Two passes over a block: the first notes where ids and texts are, then the slots of all ids are loaded at once, the
 * second counts. In one pass each record waits for memory in turn: 190 ns of it a record, against 40 (on a busy machine).
 */
import { AppError, isAppError } from '../errors.ts'
import { skipLong, skipOptionalString, skipString, skipStrings } from './avro-walk.ts'
import { hashId, type IdSet, viewOf } from './id-set.ts'
import type { PostWalk } from './post-walk.ts'
import type { TermCounter } from './term-counter.ts'

/** What a unit of work is counted with; made once, used for all its blocks, reset between units. */
export interface PostScan {
  /** Ids that were counted: a post whose id is in it is a copy. */
  readonly ids: IdSet
  readonly counter: TermCounter
  /** Of the schema that the block was written with, when that is not today's. */
  readonly walk?: PostWalk | undefined
}

/** Words of one post in `places`: where its id and its text begin and end, and the id's hash. */
const STRIDE = 5
const HASH = 4

/** Grows to the largest block met, then stays: one per thread. */
let places = new Int32Array(STRIDE * 1024)

/**
 * Counts the `recordCount` posts in `block`.
 *
 * @throws AppError `corrupt`, with record number and byte, when the block is not exactly that many posts; then nothing of
 *   it has been counted.
 */
export function scanPostsBlock(block: Buffer, recordCount: number, scan: PostScan): void {
  const { ids, counter, walk } = scan
  const view = viewOf(block)
  locatePosts(block, view, recordCount, ids, walk)
  counter.beginBlock(block)
  for (let at = 0; at < recordCount * STRIDE; at += STRIDE) {
    if (ids.add(view, places[at]!, places[at + 1]!, places[at + HASH]!)) {
      counter.countTextOfBlock(block, places[at + 2]!, places[at + 3]!)
    } else {
      counter.copies++
    }
  }
  counter.endBlock()
}

/**
 * Counts one post whose Avro body is body[start, end), as in a message behind its header. With `ids`, false says that it was
 * a copy and did not count. `walk`: of the schema that it was written with, when that is not today's.
 *
 * @throws AppError `corrupt` when the bytes are not exactly one post; then it has not been counted.
 */
export function countPostBody(
  body: Buffer,
  start: number,
  end: number,
  counter: TermCounter,
  ids?: IdSet,
  walk?: PostWalk,
): boolean {
  const view = viewOf(body)
  const bodyEnd = walk ? walkPost(body, view, start, end, 0, walk) : locatePost(body, view, start, end, 0)
  if (bodyEnd !== end) {
    const message = `a post's body has ${end - start} bytes, its fields ${bodyEnd - start}`
    throw new AppError('corrupt', message, { facts: { byte: bodyEnd } })
  }
  if (ids && !ids.add(view, places[0]!, places[1]!, places[HASH]!)) {
    counter.copies++
    return false
  }
  counter.countText(body, places[2]!, places[3]!)
  return true
}

function locatePosts(block: Buffer, view: DataView, recordCount: number, ids: IdSet, walk?: PostWalk): void {
  // The least post is 15 bytes: a count beyond what fits is damage, and must not allocate.
  if (recordCount > block.length) throw corruptBlock(block, recordCount, 0, block.length)
  if (recordCount * STRIDE > places.length) places = new Int32Array(STRIDE * recordCount * 2)
  let at = 0
  let record = 0
  try {
    if (walk) {
      for (; record < recordCount; record++) at = walkPost(block, view, at, block.length, record * STRIDE, walk)
    } else {
      for (; record < recordCount; record++) at = locatePost(block, view, at, block.length, record * STRIDE)
    }
  } catch (error) {
    if (!isAppError(error, 'corrupt')) throw error
    throw corruptBlock(block, recordCount, record, Number(error.facts['byte']), error)
  }
  if (at !== block.length) throw corruptBlock(block, recordCount, record, at)
  ids.touch(places, HASH, STRIDE, recordCount * STRIDE)
}

/** Writes one post's places and gives the position behind it. */
function locatePost(bytes: Buffer, view: DataView, start: number, limit: number, place: number): number {
  const idEnd = skipString(bytes, start, limit)
  const idStart = skipLong(bytes, start, limit)
  const text = skipLong(bytes, idEnd, limit)
  const textEnd = skipString(bytes, text, limit)
  places[place] = idStart
  places[place + 1] = idEnd
  places[place + 2] = skipLong(bytes, text, limit)
  places[place + 3] = textEnd
  places[place + HASH] = hashId(view, idStart, idEnd)

  let next = skipOptionalString(bytes, textEnd, limit) // lang
  next = skipString(bytes, next, limit) // author.id
  next = skipString(bytes, next, limit) // author.handle
  next = skipString(bytes, next, limit) // source
  next = skipLong(bytes, next, limit) // received_at
  next = skipOptionalString(bytes, next, limit) // retweet_of
  next = skipOptionalString(bytes, next, limit) // reply_to
  next = skipOptionalString(bytes, next, limit) // quote_of
  next = skipStrings(bytes, next, limit) // hashtags
  next = skipStrings(bytes, next, limit) // mentions
  next = skipStrings(bytes, next, limit) // urls
  return skipStrings(bytes, next, limit) // media
}

/** The same by what the writer's schema says. */
function walkPost(
  bytes: Buffer,
  view: DataView,
  start: number,
  limit: number,
  place: number,
  { walk, places: found }: PostWalk,
): number {
  const end = walk(bytes, start, limit)
  places[place] = found.idStart
  places[place + 1] = found.idEnd
  places[place + 2] = found.textStart
  places[place + 3] = found.textEnd
  places[place + HASH] = hashId(view, found.idStart, found.idEnd)
  return end
}

function corruptBlock(block: Buffer, recordCount: number, record: number, byte: number, cause?: unknown): AppError {
  const message =
    `a block that should hold ${recordCount} posts in ${block.length} bytes is broken at record ${record}, ` +
    `byte ${byte}; read the file again, or restore it from another replica`
  return new AppError('corrupt', message, { facts: { record, byte, recordCount, bytes: block.length }, cause })
}
