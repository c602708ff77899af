/**
 * Fills a lake with the bench's posts, as the archive would have left it: record files by hour and partition, sealed. Straight
 * through the container writer, without Kafka: a bench of batch work must not wait an hour for its data.
 *
 * Invariant: the same shape gives the same files. What was filled whole has `FILLED` at its end and is not filled again.
 */
import { createHash } from 'node:crypto'
import { BlockWriter } from '../../lake/avro/block-writer.ts'
import { encodeHeader } from '../../lake/avro/container-header.ts'
import { recordFileName } from '../../lake/layout.ts'
import type { LakePlace } from '../../lake/listing.ts'
import { sealHour } from '../../lake/sealing.ts'
import { isAppError } from '../../model/errors.ts'
import { posts as stream } from '../../model/streams/posts.ts'
import { compareCodePoints } from '../../model/terms/order.ts'
import { type HourId, hourEnd, hourStart, nextHour, parseHour } from '../../model/time.ts'
import { createPostVocabulary, POST_BYTES_MAX, type PostVocabulary } from './posts.ts'

export interface LakeShape {
  readonly posts: number
  readonly hours: number
  readonly partitions: number
  readonly seed: number
}

export const FIRST_HOUR = parseHour('2026-11-02T00')
/** Of what posts.ts generates: a lake of another version is another lake. */
const DATA_VERSION = 2
const BLOCK_BYTES = 256 * 1024
/** `hour rank key count`, tab-separated: what every contender must find. */
export const TRUTH = 'truth.tsv'
const FILLED = 'filled.json'
const TOP = 10

/** The lake's root for a shape: several shapes live beside one another. */
export function rootOf({ posts, hours, partitions, seed }: LakeShape): string {
  return `/bench/posts-v${DATA_VERSION}-${posts}-${hours}-${partitions}-${seed}`
}

/** Fills the lake of `shape` unless it is filled. Resolves to its truth. */
export async function fillLake(
  place: LakePlace,
  shape: LakeShape,
  onHour: (done: number) => void = () => {},
): Promise<string> {
  const { store, layout } = place
  try {
    await store.read(`${layout.root}/${FILLED}`)
    return (await store.read(`${layout.root}/${TRUTH}`)).toString()
  } catch (error) {
    if (!isAppError(error, 'not-found')) throw error
  }
  await store.delete(layout.root, { recursive: true })
  const vocabulary = createPostVocabulary()
  const lines: string[] = []
  for (let i = 0; i < shape.hours; i++) {
    lines.push(...(await fillHour(place, shape, vocabulary, nextHour(FIRST_HOUR, i))))
    onHour(i + 1)
  }
  const truth = `${lines.join('\n')}\n`
  await store.create(`${layout.root}/${TRUTH}`, [Buffer.from(truth)])
  await store.create(`${layout.root}/${FILLED}`, [Buffer.from(JSON.stringify(shape))])
  return truth
}

async function fillHour(
  place: LakePlace,
  shape: LakeShape,
  vocabulary: PostVocabulary,
  hour: HourId,
): Promise<readonly string[]> {
  const { store, layout } = place
  const posts = Math.floor(shape.posts / shape.hours / shape.partitions)
  const from = ((hourStart(hour) - hourStart(FIRST_HOUR)) / 3_600_000) * posts
  const counts = new Map<number, number>()
  for (let partition = 0; partition < shape.partitions; partition++) {
    const writer = vocabulary.writer({ seed: shape.seed, hourStartMs: hourStart(hour), partition, posts })
    const sync = createHash('md5').update(`${layout.root} ${partition} ${from}`).digest()
    const blocks = new BlockWriter({ sync, blockBytes: BLOCK_BYTES })
    const body = Buffer.alloc(POST_BYTES_MAX)
    for (let i = 0; i < posts; i++) blocks.append(body.subarray(0, writer.write(body, 0)))
    const header = encodeHeader({ schema: stream.schema, codec: 'zstandard', sync })
    const path = `${layout.hourDir('posts', hour)}/${recordFileName({ partition, from, to: from + posts })}`
    await store.create(path, [header, ...(await blocks.finish())])
    for (const [rank, count] of writer.truth) counts.set(rank, (counts.get(rank) ?? 0) + count)
  }
  await sealHour(place, 'posts', hour, {
    sealedAt: hourEnd(hour) + 120_000,
    recordsOf: async (_stream, _hour, file) => file.to - file.from,
    unique: `bench/seal-${hour}`,
  })
  return [...counts]
    .map(([rank, count]) => ({ key: vocabulary.key(rank), count }))
    .sort((a, b) => b.count - a.count || compareCodePoints(a.key, b.key))
    .slice(0, TOP)
    .map(({ key, count }, i) => `${hour}\t${i + 1}\t${key}\t${count}`)
}
