/** Record files in a local lake, as the archive writes them, with a plain count of what is in them. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { BlockWriter } from '../../../lake/avro/block-writer.ts'
import { encodeHeader } from '../../../lake/avro/container-header.ts'
import type { FileStore } from '../../../lake/file-store.ts'
import { layoutAt, recordFileName } from '../../../lake/layout.ts'
import { LocalStore } from '../../../lake/local-store.ts'
import type { CountRequest } from '../../../lake/scan/counters.ts'
import type { RecordFile } from '../../../lake/scan/messages.ts'
import { type Post, posts as stream } from '../../../model/streams/posts.ts'
import type { AvroSchema } from '../../../model/streams/stream.ts'
import { extractorNamed } from '../../../model/terms/index.ts'
import { type HourId, hourStart, parseHour } from '../../../model/time.ts'
import { postOf, postType } from '../posts.ts'

export const layout = layoutAt('/tendance')

export interface LocalLake extends AsyncDisposable {
  readonly store: FileStore
  readonly address: { readonly url: string; readonly user: string }
}

export async function localLake(): Promise<LocalLake> {
  const folder = await mkdtemp(join(tmpdir(), 'tendance-scan-'))
  return {
    store: new LocalStore(folder),
    address: { url: pathToFileURL(folder).href, user: 'tendance' },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  }
}

const SYNC = Buffer.alloc(16, 0x5a)

export async function recordFileBytes(
  posts: readonly Post[],
  blockBytes = 2_048,
  schema: AvroSchema = stream.schema,
): Promise<Buffer> {
  const writer = new BlockWriter({ sync: SYNC, blockBytes })
  for (const post of posts) writer.append(postType.toBuffer(post))
  return Buffer.concat([encodeHeader({ schema, codec: 'zstandard', sync: SYNC }), ...(await writer.finish())])
}

/** Writes one record file; `from` names it. */
export async function writeRecords(
  store: FileStore,
  hour: HourId,
  partition: number,
  from: number,
  posts: readonly Post[],
): Promise<RecordFile> {
  const path = `${layout.hourDir('posts', hour)}/${recordFileName({ partition, from, to: from + posts.length })}`
  const bytes = await recordFileBytes(posts)
  await store.create(path, [bytes])
  return { path, partition, bytes: bytes.length }
}

export function requestOf(hour: HourId, files: readonly RecordFile[], extractor = 'hashtags@2'): CountRequest {
  const name = { stream: 'posts', board: 'hashtags', edition: 1, hour, digest: 'ab'.repeat(32), extractor } as const
  return { name, files }
}

/** Counts the way DESIGN.md says it, on decoded posts: each id once, a term once a post. */
export function plainCount(posts: readonly Post[], extractor = 'hashtags@2'): Map<string, number> {
  const { extract, key } = extractorNamed(extractor)
  const counts = new Map<string, number>()
  for (const post of new Map(posts.toReversed().map((post) => [post.id, post])).values()) {
    for (const term of new Set(extract(post.text).map(key))) counts.set(term, (counts.get(term) ?? 0) + 1)
  }
  return counts
}

const TAGS = ['#news', '#News', '#été', '#новости', '＃全角', '#a1', '#42', 'http://x.fr/#no', '#日本語']

/** Posts of one partition and hour, with a few copies. The same arguments give the same posts. */
export function somePosts(hour: HourId, partition: number, count: number): Post[] {
  return Array.from({ length: count }, (_, i) => {
    const number = i % 17 === 16 ? i - 5 : i
    const text = `post ${number} ${TAGS[number % TAGS.length]} and ${TAGS[(number * 7 + partition) % TAGS.length]} #own${number % 50}`
    return postOf(`t:${hour}-${partition}-${number}`, hourStart(hour) + number, text)
  })
}

export const HOUR = parseHour('2026-11-16T07')
