/** Reading a topic by partition, for consumers that keep their own position: drives the PartitionReaders of model/messages.ts. */
import type { Logger } from '../model/log.ts'
import type { PartitionReader } from '../model/messages.ts'

export interface ReadOptions {
  readonly groupId: string
  readonly topic: string
  readonly open: (partition: number) => PartitionReader
  readonly tickMs: number
  readonly logger: Logger
  readonly signal: AbortSignal
  /** How much one fetch may bring from a partition. */
  readonly bytesMaxPerPartition?: number
}
