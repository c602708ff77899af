/** The registry of streams: a new one is a file beside this and a line here. */
import { posts } from './posts.ts'
import type { Stream, StreamName } from './stream.ts'

export const streams = { posts } as const satisfies Record<StreamName, Stream>
