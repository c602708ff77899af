/** The registry of walks over blocks, by stream: a new stream is a function in model/count and a line here. */
import type { IdSet } from '../../model/count/id-set.ts'
import type { PostWalk } from '../../model/count/post-walk.ts'
import { scanPostsBlock } from '../../model/count/scan-posts.ts'
import type { TermCounter } from '../../model/count/term-counter.ts'
import type { StreamName } from '../../model/streams/stream.ts'

export type BlockScanner = (
  block: Buffer,
  recordCount: number,
  scan: { readonly ids: IdSet; readonly counter: TermCounter; readonly walk?: PostWalk | undefined },
) => void

export const blockScanners = { posts: scanPostsBlock } as const satisfies Record<StreamName, BlockScanner>
