/** Synthetic posts, as model/synthetic makes them: as fast as possible or at a rate, as posts or as lines of JSON that must be parsed. */
import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import type { Post } from '../../model/streams/posts.ts'
import { createSyntheticStream, type SyntheticStream } from '../../model/synthetic/generator.ts'
import { JSON_FORMS, toJsonLine } from '../../model/synthetic/json.ts'
import type { SyntheticOptions } from '../../model/synthetic/plan.ts'
import type { Source, SourceBatch } from '../source.ts'

export const SYNTHETIC_FORMS = ['posts', ...JSON_FORMS] as const
export type SyntheticForm = (typeof SYNTHETIC_FORMS)[number]

export interface SyntheticSourceOptions extends SyntheticOptions {
  /** `posts` (unless said) needs no parsing. */
  readonly form?: SyntheticForm
  /** Records a second; 0 or missing: as fast as they are taken. */
  readonly rate?: number
}

const positionJson = z.object({ block: z.number(), taken: z.number() })
/** How often a stream with a rate gives something. */
const TICK_MS = 50

/** @throws AppError `bad-input` naming the option */
export function createSyntheticSource(options: SyntheticSourceOptions): Source {
  const stream = createSyntheticStream(options)
  const { seed, from, to, posts, copies = 'default', tags = 'default', form = 'posts', rate = 0 } = options
  return {
    // all that the posts depend on: another play must not go on from this one's position
    name: `synthetic:${seed}:${from}-${to}:${posts}:${copies}:${tags}`,
    kind: 'synthetic',
    expected: { records: posts },
    open(position, signal) {
      const start = positionJson.safeParse(position).data ?? { block: 0, taken: 0 }
      return rate > 0 ? paced(stream, start, form, rate, signal) : unpaced(stream, start, form, signal)
    },
  }
}

interface Place {
  readonly block: number
  /** Records of the block that have been taken. */
  readonly taken: number
}

async function* unpaced(
  stream: SyntheticStream,
  start: Place,
  form: SyntheticForm,
  signal: AbortSignal,
): AsyncGenerator<SourceBatch> {
  let { block, taken } = start
  for (; block < stream.blocks && !signal.aborted; block++) {
    const posts = postsOf(stream, block)
    yield batchOf(posts.slice(taken), form, block, taken, { block: block + 1, taken: 0 })
    taken = 0
  }
}

async function* paced(
  stream: SyntheticStream,
  start: Place,
  form: SyntheticForm,
  rate: number,
  signal: AbortSignal,
): AsyncGenerator<SourceBatch> {
  const startedAt = performance.now()
  let given = 0
  let { block, taken } = start
  for (; block < stream.blocks; block++) {
    const posts = postsOf(stream, block)
    while (taken < posts.length) {
      const due = Math.floor(((performance.now() - startedAt) * rate) / 1_000) - given
      if (due < 1) await wait(TICK_MS, undefined, { signal }).catch(() => {})
      if (signal.aborted) return
      if (due < 1) continue
      const end = Math.min(posts.length, taken + due)
      given += end - taken
      yield batchOf(posts.slice(taken, end), form, block, taken, { block, taken: end })
      taken = end
    }
    taken = 0
  }
}

function postsOf(stream: SyntheticStream, block: number): Post[] {
  return stream.block(block, Date.now()).map(({ post }) => post)
}

function batchOf(
  posts: readonly Post[],
  form: SyntheticForm,
  block: number,
  first: number,
  position: Place,
): SourceBatch {
  const records = form === 'posts' ? posts : posts.map((post) => toJsonLine(post, form))
  return {
    records,
    bytes: 0,
    position: { ...position },
    positionOf: (index) => ({ block, record: first + index }),
  }
}
