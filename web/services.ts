/**
 * What the server asks: views, lake, Kafka, Temporal. Each is connected when it is first needed and again after a failure, so that
 * the server starts, and says what is wrong, whatever is down.
 */
import type { Config } from '../app/config.ts'
import { createKafka, type KafkaConnection } from '../kafka/client.ts'
import type { FileStore } from '../lake/file-store.ts'
import { type Layout, layoutAt } from '../lake/layout.ts'
import { openStore } from '../lake/open-store.ts'
import { createTallies } from '../lake/tallies.ts'
import type { BoardName } from '../model/boards.ts'
import type { FullTallies } from '../model/full-tallies.ts'
import type { Logger } from '../model/log.ts'
import type { Clock } from '../model/time.ts'
import { connectClient, type TemporalClient } from '../temporal/connection.ts'
import type { Ask } from '../views/ask.ts'
import { openViews, type Views } from '../views/views.ts'
import { firstExtractors } from '../workers/first-extractors.ts'

export interface Services extends AsyncDisposable {
  readonly config: Config
  readonly logger: Logger
  readonly clock: Clock
  /** @throws AppError `unavailable` while MongoDB does not answer */
  views(): Promise<Views>
  /** @throws AppError `unavailable` while Temporal does not answer */
  temporal(): Promise<TemporalClient>
  readonly kafka: KafkaConnection
  readonly lake: { readonly store: FileStore; readonly layout: Layout }
  readonly fullTallies: FullTallies
  /** @throws AppError `unavailable` */
  ask(board: BoardName): Promise<Ask>
}

export function openServices(config: Config, logger: Logger, clock: Clock): Services {
  const stack = new AsyncDisposableStack()
  const store = stack.use(openStore(config.lake, { logger, retries: STORE_PATIENCE }))
  const layout = layoutAt(config.lake.root)
  const views = stack.use(lazily(() => openViews({ ...config.mongo, appName: 'tendance web' })))
  const temporal = stack.use(lazily(() => connectClient(config.temporal, { patienceMs: 0, logger })))
  const fullTallies = createTallies({ store, layout, writer: `web-${process.pid}` })
  const extractors = firstExtractors(config)
  return {
    config,
    logger,
    clock,
    views: views.get,
    temporal: temporal.get,
    kafka: createKafka(config, 'tendance-web', logger, KAFKA_RETRIES),
    lake: { store, layout },
    fullTallies,
    ask: async (board) => ({ views: await views.get(), fullTallies, clock, extractorBefore: extractors[board] }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

/** Somebody waits for the answer, and is told when a service does not give it. */
const KAFKA_RETRIES = 1
const STORE_PATIENCE = { firstWaitMs: 50, waitMsMax: 200, totalMs: 1_000 } as const

interface Lazy<T> extends AsyncDisposable {
  get(): Promise<T>
}

/** Opened at the first `get`; one that failed to open is tried again at the next. */
export function lazily<T extends AsyncDisposable>(open: () => Promise<T>): Lazy<T> {
  let opened: Promise<T> | undefined
  return {
    get() {
      opened ??= open()
      const opening = opened
      opening.catch(() => {
        if (opened === opening) opened = undefined
      })
      return opening
    },
    async [Symbol.asyncDispose]() {
      const there = await opened?.catch(() => undefined)
      await there?.[Symbol.asyncDispose]()
    },
  }
}
