/** How far archive and speed are, from what they themselves have made durable. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Config } from '../../app/config.ts'
import { fetchOffsets } from '../../kafka/admin.ts'
import { createKafka } from '../../kafka/client.ts'
import { readGenerations } from '../../lake/generations.ts'
import { createLake } from '../../lake/lake.ts'
import { layoutAt } from '../../lake/layout.ts'
import { openStore } from '../../lake/open-store.ts'
import { AppError, isAppError } from '../../model/errors.ts'
import { baseOf } from '../../model/generations.ts'
import { silentLogger } from '../../model/log.ts'
import { topicOf } from '../../model/streams/stream.ts'
import type { Views } from '../../views/views.ts'
import { type Bar, count } from '../progress.ts'

const POLL_MS = 500

export interface WatchOptions {
  readonly config: Config
  readonly views: Views
  readonly extractor: string
  /** Messages that will be in the topic at the end; 0 while it is not known. */
  readonly expected: () => number
  readonly archiveBar: Bar
  readonly speedBar: Bar
  /** Throws when a worker is gone, so that waiting ends. */
  readonly check: () => Promise<void>
  /** Everything is in Kafka: it is over when both have reached its end. */
  readonly complete: () => boolean
  readonly signal: AbortSignal
}

/** Resolves when archive and speed have all that is in Kafka. @throws AppError `cancelled`, or what `check` throws */
export async function watchArchiveAndSpeed(options: WatchOptions): Promise<void> {
  const { config, views, extractor, signal } = options
  const topic = topicOf(config.kafka.topicPrefix, 'posts')
  const connection = createKafka(config, 'tendance-demo', silentLogger, 3)
  await using store = openStore(config.lake, { logger: silentLogger })
  const place = { store, layout: layoutAt(config.lake.root) }
  const lake = createLake(place, 'demo')
  for (;;) {
    if (signal.aborted) throw new AppError('cancelled', 'the demo was interrupted')
    await options.check()
    const complete = options.complete()
    const offsets = await fetchOffsets(connection, topic).catch((error) => {
      if (isAppError(error, 'not-found')) return new Map<number, { high: number }>()
      throw error
    })
    const entry = (await readGenerations(place, 'posts')).at(-1)
    const archived = await Promise.all(
      [...offsets.keys()].map(
        async (partition) => (await lake.archivedTo('posts', partition)) - (entry ? baseOf(entry, partition) : 0),
      ),
    )
    const states = await views.speed.states({ stream: 'posts', board: 'hashtags', extractor })
    const high = sum([...offsets.values()].map((partition) => partition.high))
    const total = complete ? high : Math.max(high, options.expected())
    const inLake = sum(archived)
    const counted = sum(states.map(({ offset, base = 0 }) => offset - base))
    options.archiveBar.update(inLake, total, `${count(inLake)} posts in HDFS`)
    options.speedBar.update(counted, total, `${count(counted)} posts counted live`)
    if (complete && inLake >= high && counted >= high) return
    await delay(POLL_MS)
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
