/**
 * Fetches for many partitions at once: one loop for each broker that leads some of them, one request of a loop at a time.
 *
 * It goes on as long as it is not stopped: a broker that is away or leads no more is asked for again. What is fetched, and how far,
 * is for the caller to say, each time anew.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '../model/errors.ts'
import { askedOfKafka, type KafkaConnection } from './client.ts'
import type { FetchedPartition, TopicFetcher } from './fetcher.ts'

export interface Wanted {
  readonly partition: number
  readonly from: number
  /** In a request of its own: only then does an empty answer say that there is nothing, and not that the answer was full. */
  readonly alone: boolean
}

export interface FetchLoopsOptions {
  readonly connection: KafkaConnection
  readonly topic: string
  readonly fetcher: TopicFetcher
  readonly bytesMaxPerPartition: number
  /** What is wanted now; asked before each request. */
  readonly wanted: () => readonly Wanted[]
  readonly deliver: (fetched: FetchedPartition) => void
}

export interface FetchLoops extends AsyncDisposable {
  /** Something is wanted that was not before. */
  wake(): void
}

/** Of the Kafka protocol: the partition is led by somebody else, or by nobody for the moment. */
const MOVED = new Set([
  3, // UNKNOWN_TOPIC_OR_PARTITION
  5, // LEADER_NOT_AVAILABLE
  6, // NOT_LEADER_OR_FOLLOWER
  9, // REPLICA_NOT_AVAILABLE
  56, // KAFKA_STORAGE_ERROR
  74, // FENCED_LEADER_EPOCH
  75, // UNKNOWN_LEADER_EPOCH
  78, // OFFSET_NOT_AVAILABLE
  100, // UNKNOWN_TOPIC_ID
])
const IDLE_MS = 1_000
const PAUSE_MS = 300

export function startFetching(options: FetchLoopsOptions): FetchLoops {
  const { connection, topic, fetcher, bytesMaxPerPartition, wanted, deliver } = options
  const what = askedOfKafka(connection, `fetching from ${topic}`)
  const stopping = new AbortController()
  const loops = new Map<number, Promise<void>>()
  let leaders: ReadonlyMap<number, number> = new Map()
  let stale = true
  let woken = Promise.withResolvers<void>()
  let turn = 0
  let isAway = false

  const pause = (ms: number) => sleep(ms, undefined, { signal: stopping.signal }).catch(() => {})
  const untilWoken = () => Promise.race([woken.promise, pause(IDLE_MS)])
  const problem = (error: unknown, startedAt: number) => {
    stale = true
    if (stopping.signal.aborted) return
    isAway = true
    connection.waits.failed(what, error, performance.now() - startedAt)
  }
  const answered = () => {
    if (isAway) connection.waits.answered(what)
    isAway = false
  }

  const fetchOnce = async (node: number): Promise<void> => {
    const mine = wanted().filter(({ partition }) => leaders.get(partition) === node)
    if (mine.length === 0) return untilWoken()
    const alone = mine.find((one) => one.alone)
    // whoever stands first is sure to be served: each gets that place in turn
    const first = turn++ % mine.length
    const partitions = alone ? [alone] : [...mine.slice(first), ...mine.slice(0, first)]
    for (const fetched of await fetcher.fetch({ node, partitions, bytesMaxPerPartition })) {
      if (MOVED.has(fetched.errorCode)) {
        const why = `Kafka answers with error ${fetched.errorCode} of its protocol for partition ${fetched.partition} of ${topic}: it is led by another broker, or by none`
        throw new AppError('unavailable', why)
      }
      if (!stopping.signal.aborted) deliver(fetched)
    }
    answered()
  }

  const loop = async (node: number): Promise<void> => {
    while (!stopping.signal.aborted && !stale) {
      const startedAt = performance.now()
      try {
        await fetchOnce(node)
      } catch (error) {
        problem(error, startedAt)
      }
    }
    loops.delete(node)
  }

  const findLeaders = async (): Promise<void> => {
    const startedAt = performance.now()
    try {
      leaders = await fetcher.leaders()
      stale = false
    } catch (error) {
      problem(error, startedAt)
    }
  }

  const supervising = (async () => {
    while (!stopping.signal.aborted) {
      if (stale) await findLeaders()
      const known = wanted().map(({ partition }) => leaders.get(partition))
      // a partition that was added since, or that nobody leads
      if (!stale && known.some((node) => node === undefined || node < 0)) stale = true
      for (const node of new Set(known)) {
        if (!stale && node !== undefined && node >= 0 && !loops.has(node)) loops.set(node, loop(node))
      }
      await (stale ? pause(PAUSE_MS) : untilWoken())
    }
    await Promise.all(loops.values())
  })()

  return {
    wake() {
      woken.resolve()
      woken = Promise.withResolvers()
    },
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await supervising
    },
  }
}
