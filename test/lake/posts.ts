/** Posts as messages, and posts read back from the lake by avsc: what tests of the archive compare. */
import avsc from 'avsc'
import { openBlock, readContainer } from '../../lake/avro/container-reader.ts'
import { mapBounded } from '../../lake/concurrency.ts'
import type { FileStore } from '../../lake/file-store.ts'
import { type Layout, parseRecordFileName } from '../../lake/layout.ts'
import type { Message } from '../../model/messages.ts'
import { singleObjectHeader } from '../../model/streams/fingerprint.ts'
import { type Post, posts } from '../../model/streams/posts.ts'

export const postType = avsc.Type.forSchema(posts.schema as unknown as avsc.Schema)
const header = singleObjectHeader(posts.schema)

export function postOf(id: string, createdAt: number, text = `text of ${id} #tag`): Post {
  return {
    id,
    created_at: createdAt,
    text,
    lang: null,
    author: { id: 'a', handle: 'someone' },
    source: 'test',
    received_at: createdAt,
    retweet_of: null,
    reply_to: null,
    quote_of: null,
    entities: { hashtags: [], mentions: [], urls: [], media: [] },
  }
}

/** avsc wants unions wrapped where they are ambiguous; null and string are not. */
export function encodePost(post: Post): Buffer {
  return Buffer.concat([header, postType.toBuffer(post)])
}

export function messageOf(offset: number, post: Post): Message {
  return { offset, timestamp: post.created_at, key: Buffer.from(post.id), value: encodePost(post) }
}

export interface Found {
  readonly post: Post
  readonly path: string
  /** The hour's directory, `2026/11/16/07`. */
  readonly hour: string
}

export function decodeFile(bytes: Buffer, path: string): Post[] {
  const container = readContainer(bytes, path)
  const found: Post[] = []
  for (const block of container.blocks()) {
    const bodies = openBlock(container, block)
    const buffer = Buffer.from(bodies.buffer, bodies.byteOffset, bodies.length)
    let at = 0
    for (let i = 0; i < block.count; i++) {
      const { value, offset } = postType.decode(buffer, at)
      if (offset < 0) throw new Error(`${path}: block ${block.index} has fewer than ${block.count} records`)
      found.push(value as Post)
      at = offset
    }
    if (at !== buffer.length) throw new Error(`${path}: block ${block.index} has bytes behind its records`)
  }
  return found
}

/** Every record of the lake, wherever the record files lie. */
export async function readLake(store: FileStore, layout: Layout): Promise<Found[]> {
  const root = layout.recordsDir('posts')
  const files: string[] = []
  const walk = async (dir: string): Promise<void> => {
    const infos = await store.list(dir)
    await mapBounded(infos, 8, async (info) => {
      if (info.kind === 'directory') await walk(`${dir}/${info.name}`)
      else if (parseRecordFileName(info.name)) files.push(`${dir}/${info.name}`)
    })
  }
  await walk(root)
  const found = await mapBounded(files.sort(), 8, async (path) => {
    const hour = path.slice(root.length + 1, path.lastIndexOf('/'))
    return decodeFile(await store.read(path), path).map((post) => ({ post, path, hour }))
  })
  return found.flat()
}

export function idsOf(found: readonly Found[]): string[] {
  return found.map(({ post }) => post.id).sort()
}
