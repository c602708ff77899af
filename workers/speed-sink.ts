/** Live counts written into the views: what speed/sink.ts asks for, in documents. */
import type { BoardName } from '../model/boards.ts'
import { AppError } from '../model/errors.ts'
import { baseOf, type GenerationEntry } from '../model/generations.ts'
import { EXTRACTOR_NAMES } from '../model/terms/index.ts'
import { type Clock, hourOf, slotId } from '../model/time.ts'
import type { PartitionState, SpeedSink } from '../speed/sink.ts'
import type { SpeedKey } from '../views/speed.ts'
import type { Views } from '../views/views.ts'

export interface SpeedSinkOptions {
  readonly views: Pick<Views, 'speed'>
  readonly stream: SpeedKey['stream']
  readonly board: BoardName
  readonly extractor: string
  /** Of the log, as it is read now. */
  readonly entry: GenerationEntry
  readonly slotMs: number
  /** Of this run of this process and no other. */
  readonly worker: string
  readonly clock: Clock
}

/** Every round, another worker has taken the partition over: more than a few of them is no coincidence. */
const CLAIM_ROUNDS_MAX = 10

export function createSpeedSink(options: SpeedSinkOptions): SpeedSink {
  const { views, stream, board, extractor, entry, slotMs, worker, clock } = options
  const key = { stream, board, extractor }
  const { topicId, generation } = entry

  const put = async (partition: number, state: PartitionState) => {
    const base = baseOf(entry, partition)
    const document = { ...key, partition, ...state, topicId, base, worker, updatedAt: clock() }
    const { stored } = await views.speed.putState(document)
    return stored
  }

  return {
    async claim(partition, first) {
      for (let round = 0; round < CLAIM_ROUNDS_MAX; round++) {
        const there = await stateOf(views, key, partition, entry)
        const claimed = there
          ? { ...there, version: there.version + 1 }
          : earlier(first, await stateOfAnotherExtractor(views, key, partition, entry))
        if (await put(partition, claimed)) return claimed
      }
      throw new AppError(
        'conflict',
        `partition ${partition} of ${stream} is being taken over by many workers at once`,
        {
          facts: { partition, ...key },
          retry: 'later',
        },
      )
    },
    async putSlots(partition, slots) {
      await views.speed.put(
        slots.map(({ start, offset, closed, copies, tally }) => ({
          ...key,
          hour: hourOf(start),
          slot: slotId(start),
          slotMs,
          partition,
          ...(generation > 1 ? { generation } : {}),
          offset,
          closed,
          copies,
          updatedAt: clock(),
          ...tally,
        })),
      )
    },
    putState: put,
  }
}

/** Of the log as it is read now: what was counted of an earlier topic is done with. */
async function stateOf(
  views: Pick<Views, 'speed'>,
  key: SpeedKey,
  partition: number,
  entry: GenerationEntry,
): Promise<PartitionState | undefined> {
  const found = (await views.speed.states(key)).find((state) => state.partition === partition)
  if (!found) return undefined
  const { version, offset, resumeFrom, watermark, finalTo, closingAt, late, topicId } = found
  // states of earlier releases do not name their topic: it is the first one
  const isOfThis = topicId === undefined ? entry.generation === 1 : topicId === entry.topicId
  if (!isOfThis) return stateInNewTopic({ version, watermark, late }, baseOf(entry, partition))
  return { version, offset, resumeFrom, watermark, finalTo, late, ...(closingAt === undefined ? {} : { closingAt }) }
}

/**
 * The topic is another one than the state is of: counting begins at its first offset. Slots that were closed stay closed, as the
 * watermark never goes back. Those that were open keep what was counted of the old topic: this one's counts are further documents.
 */
function stateInNewTopic(
  { version, watermark, late }: Pick<PartitionState, 'version' | 'watermark' | 'late'>,
  base: number,
): PartitionState {
  return { version, offset: base, resumeFrom: base, watermark, finalTo: watermark, late }
}

/** Both are right beginnings; the earlier one has more slots whole. */
function earlier(first: PartitionState, other: PartitionState | undefined): PartitionState {
  return other !== undefined && other.offset <= first.offset ? other : first
}

/**
 * Where an extractor begins that takes the place of another: with the slots that are open there. Slots that had closed are
 * not begun again, since a part of their records may lie before that.
 */
async function stateOfAnotherExtractor(
  views: Pick<Views, 'speed'>,
  key: SpeedKey,
  partition: number,
  entry: GenerationEntry,
): Promise<PartitionState | undefined> {
  const others = EXTRACTOR_NAMES.filter((extractor) => extractor !== key.extractor)
  const states = await Promise.all(others.map((extractor) => stateOf(views, { ...key, extractor }, partition, entry)))
  const furthest = states.filter((state) => state !== undefined).sort((a, b) => b.offset - a.offset)[0]
  if (!furthest) return undefined
  const { resumeFrom, finalTo } = furthest
  return { version: 1, offset: resumeFrom, resumeFrom, watermark: finalTo, finalTo, late: 0 }
}
