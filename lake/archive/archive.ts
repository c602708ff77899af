/**
 * The archive of a stream: what its partitions share, and a `PartitionReader` for each (kafka/consumer.ts drives them).
 */
import { AppError } from '../../model/errors.ts'
import type { Logger } from '../../model/log.ts'
import type { Message, PartitionReader } from '../../model/messages.ts'
import type { SchemaBook } from '../../model/streams/schema-book.ts'
import type { Stream } from '../../model/streams/stream.ts'
import type { Clock } from '../../model/time.ts'
import type { FileStore } from '../file-store.ts'
import type { Layout } from '../layout.ts'
import type { RetryPolicy } from '../retry.ts'
import type { CommitEntry } from './commit-entry.ts'
import { PartitionArchiver } from './partition-archiver.ts'

export interface ArchiveOptions {
  readonly store: FileStore
  readonly layout: Layout
  readonly stream: Stream
  /** What messages were written with: it has learnt every batch's schemas before. Without it the stream's own alone is taken. */
  readonly schemas?: SchemaBook
  readonly topic: string
  /** Kafka's own id of it, for the commits. */
  readonly topicId?: string | undefined
  /** Who writes: no other process has or had this name. It makes temporary names unique and tells whose a commit is. */
  readonly writer: string
  readonly clock: Clock
  /** The bound of event times (model/event-time.ts); without it any time is taken that an hour's directory can have a name for. */
  readonly futureMaxMs?: number
  /** What time it is at most, by all clocks that are known: `futureMaxMs` begins there. `clock` unless given. */
  readonly latestClock?: Clock
  readonly logger: Logger
  /** A commit happens at this many compressed bytes of a partition. */
  readonly commitBytes: number
  /** And at this age of the first record taken since the last one (wall clock). */
  readonly commitAgeMs: number
  /** Of an Avro block before compression. */
  readonly blockBytes: number
  /** Buffered bytes of all partitions together: above it, who has the most commits early. */
  readonly bufferBytesMax?: number
  /** Takes a message that is no record of the stream; the commit waits until it is kept elsewhere. */
  readonly reject: (message: Message, partition: number, reason: string) => Promise<void>
  /** Called when a commit is in place, with how long it took: for metrics. */
  readonly onCommit?: (entry: CommitEntry, ms: number) => void
  /** How long to go on with a commit that fails for now. Without it: until `signal`, for there is nothing better to do. */
  readonly retries?: RetryPolicy
  /** Aborted, a commit under way is given up. */
  readonly signal?: AbortSignal
}

export interface Archive {
  open(partition: number): PartitionReader
  /** Memory in use for what is not committed, of all partitions. */
  readonly heldBytes: number
}

const BUFFER_BYTES_MAX = 256 * 1024 * 1024
const UNTIL_ABORTED: RetryPolicy = { firstWaitMs: 100, waitMsMax: 5_000, totalMs: Number.POSITIVE_INFINITY }

/** @throws AppError `bad-input` for a writer's name that cannot be part of a path */
export function createArchive(options: ArchiveOptions): Archive {
  if (!/^[A-Za-z0-9_.-]{1,100}$/.test(options.writer)) {
    throw new AppError('bad-input', `a writer's name has letters, digits, '_', '.' and '-', not '${options.writer}'`)
  }
  let attempts = 0
  const shared: Shared = {
    nextUnique: () => `${options.writer}/${++attempts}`,
    budget: new BufferBudget(options.bufferBytesMax ?? BUFFER_BYTES_MAX),
    retries: options.retries ?? UNTIL_ABORTED,
  }
  return {
    open: (partition) => new PartitionArchiver(options, shared, partition),
    get heldBytes() {
      return shared.budget.held
    },
  }
}

export interface Shared {
  readonly nextUnique: () => string
  readonly budget: BufferBudget
  readonly retries: RetryPolicy
}

/** The memory of all partitions' buffers. Who holds more than an equal part commits when it is used up. */
export class BufferBudget {
  readonly #bytesMax: number
  readonly #held = new Map<number, number>()

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  /** Says what the partition holds now; answers whether it must commit. */
  hold(partition: number, bytes: number): boolean {
    if (bytes === 0) {
      this.#held.delete(partition)
      return false
    }
    this.#held.set(partition, bytes)
    return this.held > this.#bytesMax && bytes >= this.#bytesMax / this.#held.size
  }

  /** Of all partitions. */
  get held(): number {
    let total = 0
    for (const held of this.#held.values()) total += held
    return total
  }
}
