/**
 * Dead letters by reason: the latest of the topic, read once, then what comes. Reading joins a consumer group, which takes
 * seconds; so it goes on beside, and whoever asks gets what is known.
 */
import { randomUUID } from 'node:crypto'
import { reasonGroup } from '../../ingest/counters.ts'
import { readDeadLetter } from '../../ingest/dead-letter.ts'
import type { PartitionOffsets } from '../../kafka/admin.ts'
import type { KafkaConnection } from '../../kafka/client.ts'
import { readToEnd } from '../../kafka/read-to-end.ts'
import { messageOf } from '../../model/errors.ts'
import type { Logger } from '../../model/log.ts'
import type { Reason } from '../contract/pipeline.ts'

export interface TailOptions {
  readonly kafka: KafkaConnection
  readonly groupPrefix: string
  readonly topic: string
  readonly logger: Logger
}

/** Of each partition, at first: more would tell no more of what is wrong now. */
const LATEST_MAX = 5_000
const REASONS_MAX = 50
const EXAMPLE_LENGTH = 200
const OTHER = 'other reasons'

export class DeadLetterTail implements AsyncDisposable {
  readonly #options: TailOptions
  readonly #next = new Map<number, number>()
  readonly #reasons = new Map<string, Reason>()
  readonly #stopped = new AbortController()
  #looked = 0
  #reading: Promise<void> | undefined

  constructor(options: TailOptions) {
    this.#options = options
  }

  /** How many were looked at. */
  get looked(): number {
    return this.#looked
  }

  /** Most first. */
  get reasons(): readonly Reason[] {
    return [...this.#reasons.values()].sort((a, b) => b.count - a.count)
  }

  /** It is at it: what is known is not all that is there. */
  get isReading(): boolean {
    return this.#reading !== undefined
  }

  /** Reads what is new, unless it is at it already. Resolves at once. */
  follow(offsets: ReadonlyMap<number, PartitionOffsets>): void {
    const from = new Map(
      [...offsets]
        .map(
          ([partition, { low, high }]) =>
            [partition, this.#next.get(partition) ?? Math.max(low, high - LATEST_MAX)] as const,
        )
        .filter(([partition, next]) => next < offsets.get(partition)!.high),
    )
    if (from.size === 0 || this.#reading || this.#stopped.signal.aborted) return
    this.#reading = this.#read(from).finally(() => {
      this.#reading = undefined
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort()
    await this.#reading
  }

  async #read(from: ReadonlyMap<number, number>): Promise<void> {
    const { kafka, groupPrefix, topic, logger } = this.#options
    try {
      await readToEnd(kafka, {
        topic,
        groupId: `${groupPrefix}dead-letters-web-${randomUUID()}`,
        from,
        take: async (messages, partition) => {
          for (const { value } of messages) this.#count(value)
          this.#next.set(partition, messages.at(-1)!.offset + 1)
        },
        logger,
        signal: this.#stopped.signal,
      })
    } catch (error) {
      logger.warn({ topic, reason: messageOf(error) }, 'dead letters could not be looked at')
    }
  }

  #count(value: Buffer): void {
    this.#looked += 1
    const letter = readDeadLetter(value)
    if (!letter) return
    const { reason, at, raw } = letter
    const group = reasonGroup(reason)
    const isTold = this.#reasons.has(group) || this.#reasons.size < REASONS_MAX
    const name = isTold ? group : OTHER
    this.#reasons.set(name, {
      reason: name,
      rest: !isTold,
      count: (this.#reasons.get(name)?.count ?? 0) + 1,
      lastAt: Date.parse(at),
      example: `${reason} — ${raw.slice(0, EXAMPLE_LENGTH)}`,
    })
  }
}
