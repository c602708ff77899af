/**
 * Generations of a stream's log: which topic its offsets count, and how many partitions that topic had when.
 *
 * A topic that is deleted and made anew begins at offset 0 again. The log of the stream goes on all the same: an offset of the log is
 * the topic's own offset and the generation's base for that partition. So names of files, the chain of commits, seals, digests and
 * the states of live counting only ever grow, and nothing but the boundary to Kafka knows of generations.
 *
 * The history is a list of entries, none of which is ever changed. Pure.
 */

/**
 * first: the topic that was there when the log began. adopted: a person said that the log goes on with another topic.
 * partitions: the topic got more partitions. settled: all producers know of them by then.
 */
export const GENERATION_CAUSES = ['first', 'adopted', 'partitions', 'settled'] as const
export type GenerationCause = (typeof GENERATION_CAUSES)[number]

/** Offsets by partition. */
export type PartitionOffsetsOfLog = Readonly<Record<string, number>>

export interface GenerationEntry {
  /** 1, 2, 3…: its place in the history. */
  readonly number: number
  /** 1, 2, 3…: grows when another topic is adopted. */
  readonly generation: number
  readonly cause: GenerationCause
  readonly topic: string
  /** Kafka's own, a UUID; it never comes back when the topic is deleted. */
  readonly topicId: string
  readonly partitions: number
  /** What is added to an offset of the topic to make it one of the log; 0 for a partition that is not named. */
  readonly bases: PartitionOffsetsOfLog
  /** When the number of partitions is another than before: every record below these offsets of the log lies as it did before. */
  readonly begins?: PartitionOffsetsOfLog | undefined
  /** Of `settled`: every record from these offsets of the log on lies as the number of partitions of now says. */
  readonly ends?: PartitionOffsetsOfLog | undefined
  /** Of `adopted`: offsets of the log that stand for what the old topic held and nobody archived, as far as it is known. */
  readonly lost?: readonly { readonly partition: number; readonly from: number; readonly to: number }[] | undefined
  /** Wall clock, ms. */
  readonly at: number
  readonly by: string
  readonly reason: string
}

/** In the order of `number`. */
export type GenerationHistory = readonly GenerationEntry[]

export function baseOf({ bases }: Pick<GenerationEntry, 'bases'>, partition: number): number {
  return bases[partition] ?? 0
}

/** Offsets of the topic as offsets of the log. */
export function toLogOffsets(
  entry: Pick<GenerationEntry, 'bases'>,
  offsets: ReadonlyMap<number, number>,
): ReadonlyMap<number, number> {
  return new Map([...offsets].map(([partition, offset]) => [partition, offset + baseOf(entry, partition)]))
}

/** A change of the number of partitions. Which partition an id belongs to depends on it, so copies of one record can lie in two. */
export interface LayoutChange {
  /** Wall clock, ms: when it was noticed. */
  readonly at: number
  readonly before: number
  readonly after: number
  readonly begins: PartitionOffsetsOfLog
  /** null: not settled yet. */
  readonly ends: PartitionOffsetsOfLog | null
}

export function layoutChangesOf(history: GenerationHistory): readonly LayoutChange[] {
  const changes: LayoutChange[] = []
  for (const [index, entry] of history.entries()) {
    const before = history[index - 1]
    if (before && before.partitions !== entry.partitions) {
      const { at, partitions, begins = {} } = entry
      changes.push({ at, before: before.partitions, after: partitions, begins, ends: null })
    }
    if (entry.cause !== 'settled') continue
    for (const [i, change] of changes.entries()) {
      if (change.ends === null) changes[i] = { ...change, ends: entry.ends ?? {} }
    }
  }
  return changes
}

/** What an hour has of a partition: one file, or the span of several. */
export interface OffsetSpan {
  readonly partition: number
  readonly from: number
  readonly to: number
}

/**
 * The change that the hour straddles: it can hold records from before and from after it, in several partitions, so two copies of one
 * record can be in two of them. undefined: each record's copies are in one partition.
 *
 * Spans say too little to be certain, so an hour near the change may be told to straddle it and not do so. Never the other way.
 */
export function straddledChange(
  spans: readonly OffsetSpan[],
  changes: readonly LayoutChange[],
): LayoutChange | undefined {
  if (changes.length === 0 || new Set(spans.map(({ partition }) => partition)).size < 2) return undefined
  return changes.find(({ before, begins, ends }) => {
    const isBefore = ({ partition, from }: OffsetSpan) =>
      partition < before && from < (ends?.[partition] ?? Number.POSITIVE_INFINITY)
    const isAfter = ({ partition, to }: OffsetSpan) => to > (begins[partition] ?? 0)
    return spans.some(isBefore) && spans.some(isAfter)
  })
}
