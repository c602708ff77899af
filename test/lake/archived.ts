/** Messages put into a lake by the archive itself: what other tests of the lake start from. */
import { type ArchiveOptions, createArchive } from '../../lake/archive/archive.ts'
import type { FileStore } from '../../lake/file-store.ts'
import type { Layout } from '../../lake/layout.ts'
import { silentLogger } from '../../model/log.ts'
import type { Message } from '../../model/messages.ts'
import { posts } from '../../model/streams/posts.ts'

export function archiveOptions(store: FileStore, layout: Layout, more: Partial<ArchiveOptions> = {}): ArchiveOptions {
  return {
    store,
    layout,
    stream: posts,
    topic: 'tendance.posts',
    writer: 'w1',
    clock: () => Date.parse('2026-11-16T07:00:00Z'),
    logger: silentLogger,
    commitBytes: 1_000_000,
    commitAgeMs: 30_000,
    blockBytes: 1_024,
    reject: async () => {},
    ...more,
  }
}

/** One commit of those messages that the lake does not have yet. */
export async function archiveMessages(
  store: FileStore,
  layout: Layout,
  messages: readonly Message[],
  options: { partition?: number; writer?: string; at?: number } = {},
): Promise<void> {
  const { partition = 0, writer = `w-${partition}`, at } = options
  const more = at === undefined ? {} : { clock: () => at }
  const reader = createArchive(archiveOptions(store, layout, { writer, ...more })).open(partition)
  const start = (await reader.start(undefined, 0)) ?? 0
  const rest = messages.filter(({ offset }) => offset >= start)
  await reader.take({
    partition,
    messages: rest,
    to: (rest.at(-1)?.offset ?? start - 1) + 1,
    highWatermark: (rest.at(-1)?.offset ?? start - 1) + 1,
  })
  await reader.close('stopped')
}
