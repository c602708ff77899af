/**
 * Fills a lake with the bench's posts, as the archive would have left it: record files by hour and partition, sealed. Straight
 * through the container writer, without Kafka: a bench of batch work must not wait an hour for its data.
 *
 * Invariant: the same shape gives the same files. A sealed hour is whole and is not written again; what was filled whole has
 * `FILLED` at its end.
 */
import { createHash } from 'node:crypto'
import { BlockWriter } from '../../lake/avro/block-writer.ts'
import { encodeHeader } from '../../lake/avro/container-header.ts'
import { mapBounded } from '../../lake/concurrency.ts'
import { recordFileName } from '../../lake/layout.ts'
import type { LakePlace } from '../../lake/listing.ts'
import { retrying } from '../../lake/retry.ts'
import { sealHour } from '../../lake/sealing.ts'
import { writeWhole } from '../../lake/temporary-files.ts'
import { isAppError } from '../../model/errors.ts'
import { posts as stream } from '../../model/streams/posts.ts'
import { compareCodePoints } from '../../model/terms/order.ts'
import { type HourId, hourEnd, hourStart, hoursBetween, nextHour, parseHour } from '../../model/time.ts'
import { createPostVocabulary, POST_BYTES_MAX, type PostVocabulary } from './posts.ts'

export interface LakeShape {
  readonly posts: number
  readonly hours: number
  readonly partitions: number
  readonly seed: number
  /** Its first hour; FIRST_HOUR unless said. */
  readonly first?: HourId
}

export const FIRST_HOUR = parseHour('2026-11-02T00')
/** Of what posts.ts generates: a lake of another version is another lake. */
const DATA_VERSION = 3
const BLOCK_BYTES = 256 * 1024
/** `hour rank key count`, tab-separated: what every contender must find. */
export const TRUTH = 'truth.tsv'
const FILLED = 'filled.json'
const TOP = 10
/** Small files wait for HDFS: 16 at once are near what one NameNode gives. */
const HOURS_AT_ONCE = 16
/** Of tens of thousands of small files some meet a machine that is busy with others for a minute: that hour is written again. */
const FILL_RETRIES = { firstWaitMs: 1_000, waitMsMax: 5_000, totalMs: 600_000 }

/** The lake's root for a shape: several shapes live beside one another. */
export function rootOf({ posts, hours, partitions, seed, first }: LakeShape): string {
  return `/bench/posts-v${DATA_VERSION}-${posts}-${hours}-${partitions}-${seed}${first ? `-${first}` : ''}`
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
  const vocabulary = createPostVocabulary()
  const { first = FIRST_HOUR } = shape
  const hours = hoursBetween(first, nextHour(first, shape.hours))
  let done = 0
  const lines = await mapBounded(hours, HOURS_AT_ONCE, async (hour, i) => {
    const sealed = await store.stat(layout.sealFile('posts', hour))
    const { files, top } = await generateHour(place, shape, vocabulary, hour, i)
    if (!sealed) await retrying({ policy: FILL_RETRIES }, (attempt) => writeHour(place, hour, files, attempt))
    onHour(++done)
    return top
  })
  const truth = `${lines.flat().join('\n')}\n`
  const whole = { tmpDir: layout.tmpDir('posts'), replace: true }
  await writeWhole(store, `${layout.root}/${TRUTH}`, [Buffer.from(truth)], { ...whole, unique: 'bench/truth' })
  const filled = Buffer.from(JSON.stringify(shape))
  await writeWhole(store, `${layout.root}/${FILLED}`, [filled], { ...whole, unique: 'bench/filled' })
  return truth
}

interface FilledFile {
  readonly partition: number
  readonly path: string
  readonly chunks: readonly Uint8Array[]
}

async function generateHour(
  { layout }: LakePlace,
  shape: LakeShape,
  vocabulary: PostVocabulary,
  hour: HourId,
  index: number,
): Promise<{ readonly files: readonly FilledFile[]; readonly top: readonly string[] }> {
  const posts = Math.floor(shape.posts / shape.hours / shape.partitions)
  const from = index * posts
  const counts = new Map<number, number>()
  const files: FilledFile[] = []
  for (let partition = 0; partition < shape.partitions; partition++) {
    const writer = vocabulary.writer({ seed: shape.seed, hourStartMs: hourStart(hour), partition, posts })
    const sync = createHash('md5').update(`${layout.root} ${partition} ${from}`).digest()
    const blocks = new BlockWriter({ sync, blockBytes: BLOCK_BYTES })
    const body = Buffer.alloc(POST_BYTES_MAX)
    for (let i = 0; i < posts; i++) blocks.append(body.subarray(0, writer.write(body, 0)))
    const header = encodeHeader({ schema: stream.schema, codec: 'zstandard', sync })
    const path = `${layout.hourDir('posts', hour)}/${recordFileName({ partition, from, to: from + posts })}`
    files.push({ partition, path, chunks: [header, ...(await blocks.finish())] })
    for (const [rank, count] of writer.truth) counts.set(rank, (counts.get(rank) ?? 0) + count)
  }
  const top = [...counts]
    .map(([rank, count]) => ({ key: vocabulary.key(rank), count }))
    .sort((a, b) => b.count - a.count || compareCodePoints(a.key, b.key))
    .slice(0, TOP)
    .map(({ key, count }, i) => `${hour}\t${i + 1}\t${key}\t${count}`)
  return { files, top }
}

async function writeHour(place: LakePlace, hour: HourId, files: readonly FilledFile[], attempt: number): Promise<void> {
  const { store, layout } = place
  const tmpDir = layout.tmpDir('posts')
  for (const { partition, path, chunks } of files) {
    await writeWhole(store, path, chunks, {
      tmpDir,
      unique: `bench-${process.pid}/${partition}-${hour}-${attempt}`,
      replace: true,
    })
  }
  await sealHour(place, 'posts', hour, {
    sealedAt: hourEnd(hour) + 120_000,
    partsOf: async (_stream, _hour, { partition, from, to }) => [
      { partition, records: to - from, committedAt: hourEnd(hour), lost: 0 },
    ],
    graceMs: 120_000,
    unique: `bench-${process.pid}/seal-${hour}-${attempt}`,
  })
}
