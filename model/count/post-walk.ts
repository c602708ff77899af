/**
 * The walk over posts that another release, or another program, wrote with a schema of its own: made from that schema, it finds the
 * fields that are read and steps over all others. It does for any schema what scan-posts.ts does by hand for today's.
 *
 * Slower than the walk by hand (a call for each field), so today's schema never takes it.
 */
import { AppError } from '../errors.ts'
import { type AvroType, avroTypeOf } from '../streams/avro-type.ts'
import { resolutionProblem, writersFieldOf } from '../streams/resolution.ts'
import type { AvroSchema } from '../streams/stream.ts'
import { readLong, skipLong, skipString } from './avro-walk.ts'

/** Where the fields of the post are that was walked last: content of id and text, and the number `created_at`. */
export interface PostPlaces {
  idStart: number
  idEnd: number
  textStart: number
  textEnd: number
  createdAt: number
}

export interface PostWalk {
  readonly places: PostPlaces
  /** Walks one post that begins at `at`, fills `places`, and gives the position behind it. @throws AppError `corrupt` */
  readonly walk: (bytes: Uint8Array, at: number, limit: number) => number
}

type Skip = (bytes: Uint8Array, at: number, limit: number) => number

/** @throws AppError `bad-input` that names the field, when posts of `writer` cannot be read as posts of `reader` */
export function postWalkOf(writer: AvroSchema, reader: AvroSchema): PostWalk {
  const problem = resolutionProblem(writer, reader)
  if (problem !== undefined) throw new AppError('bad-input', problem)
  const [theirs, ours] = [avroTypeOf(writer), avroTypeOf(reader)]
  if (theirs.kind !== 'record' || ours.kind !== 'record') throw new AppError('bad-input', 'the schema is no record')
  const places: PostPlaces = { idStart: 0, idEnd: 0, textStart: 0, textEnd: 0, createdAt: 0 }
  const captures: Readonly<Record<string, (bytes: Uint8Array, at: number, end: number) => void>> = {
    id: (bytes, at, end) => {
      places.idStart = skipLong(bytes, at, end)
      places.idEnd = end
    },
    text: (bytes, at, end) => {
      places.textStart = skipLong(bytes, at, end)
      places.textEnd = end
    },
    created_at: (bytes, at, end) => {
      places.createdAt = readLong(bytes, at, end)
    },
  }
  const made = new Map<AvroType, Skip>()
  const skips = theirs.fields.map((field) => {
    const read = ours.fields.find((one) => one.name in captures && writersFieldOf(theirs, one) === field)
    const capture = read && captures[read.name]!
    return capture ? capturing(field.type, capture, made) : skipOf(field.type, made)
  })
  return { places, walk: inTurn(skips) }
}

function inTurn(skips: readonly Skip[]): Skip {
  return (bytes, at, limit) => {
    let next = at
    for (const skip of skips) next = skip(bytes, next, limit)
    return next
  }
}

/** A field whose value is wanted. Each branch of a union can be it. */
function capturing(
  type: AvroType,
  capture: (bytes: Uint8Array, at: number, end: number) => void,
  made: Map<AvroType, Skip>,
): Skip {
  if (type.kind === 'union') return unionOf(type.branches.map((branch) => capturing(branch, capture, made)))
  const skip = skipOf(type, made)
  return (bytes, at, limit) => {
    const end = skip(bytes, at, limit)
    capture(bytes, at, end)
    return end
  }
}

function skipOf(type: AvroType, made: Map<AvroType, Skip>): Skip {
  switch (type.kind) {
    case 'null':
      return (_bytes, at) => at
    case 'boolean':
      return fixedOf(1)
    case 'int':
    case 'long':
    case 'enum':
      return skipLong
    case 'float':
      return fixedOf(4)
    case 'double':
      return fixedOf(8)
    case 'bytes':
    case 'string':
      return skipString
    case 'fixed':
      return fixedOf(type.size)
    case 'array':
      return blocksOf(skipOf(type.items, made))
    case 'map':
      return blocksOf(inTurn([skipString, skipOf(type.items, made)]))
    case 'union':
      return unionOf(type.branches.map((branch) => skipOf(branch, made)))
    case 'record': {
      if (made.has(type)) return (bytes, at, limit) => made.get(type)!(bytes, at, limit)
      // a record that holds itself finds this entry, and calls what it has become by then
      made.set(type, (_bytes, at) => at)
      const skip = inTurn(type.fields.map((field) => skipOf(field.type, made)))
      made.set(type, skip)
      return skip
    }
    default:
      return type satisfies never
  }
}

function fixedOf(size: number): Skip {
  return (_bytes, at, limit) => {
    if (at + size > limit) throw corrupt(`a value of ${size} bytes`, at)
    return at + size
  }
}

function unionOf(branches: readonly Skip[]): Skip {
  return (bytes, at, limit) => {
    const branch = branches[readLong(bytes, at, limit)]
    if (!branch) throw corrupt('a union branch', at)
    return branch(bytes, skipLong(bytes, at, limit), limit)
  }
}

/** Blocks of items, each with its count; a negative count is followed by the block's size, by which it is passed over at once. */
function blocksOf(skipItem: Skip): Skip {
  return (bytes, at, limit) => {
    let next = at
    for (;;) {
      const count = readLong(bytes, next, limit)
      next = skipLong(bytes, next, limit)
      if (count === 0) return next
      if (count < 0) next = skipString(bytes, next, limit)
      // items may be of no bytes (null): then a damaged count must not keep us for ever
      else if (count > limit) throw corrupt(`an array of ${count} items`, at)
      else for (let item = 0; item < count; item++) next = skipItem(bytes, next, limit)
    }
  }
}

function corrupt(what: string, byte: number): AppError {
  return new AppError('corrupt', `${what} in an Avro block does not fit, at byte ${byte}`, { facts: { byte } })
}
