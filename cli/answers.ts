/** Opens what answers questions: the views, and the lake's full tallies where a range has to be proven. */
import type { Config } from '../app/config.ts'
import { layoutAt } from '../lake/layout.ts'
import { openStore } from '../lake/open-store.ts'
import { createTallies } from '../lake/tallies.ts'
import type { BoardName } from '../model/boards.ts'
import { silentLogger } from '../model/log.ts'
import type { Clock } from '../model/time.ts'
import type { Ask } from '../views/ask.ts'
import { openViews, type Views } from '../views/views.ts'
import { firstExtractors } from '../workers/first-extractors.ts'

export interface Answers extends AsyncDisposable {
  readonly views: Views
  ask(board: BoardName): Ask
}

/** @throws AppError `unavailable` when MongoDB does not answer. The lake is only reached for when a proof needs it. */
export async function openAnswers(config: Config, clock: Clock): Promise<Answers> {
  const stack = new AsyncDisposableStack()
  const views = stack.use(await openViews({ ...config.mongo, appName: 'tendance top' }))
  const store = stack.use(openStore(config.lake, { logger: silentLogger }))
  const fullTallies = createTallies({ store, layout: layoutAt(config.lake.root), writer: `cli-${process.pid}` })
  const extractors = firstExtractors(config)
  return {
    views,
    ask: (board) => ({ views, fullTallies, clock, extractorBefore: extractors[board] }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}
