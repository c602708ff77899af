/**
 * Reads what answers for a number of hours, under one live edition.
 *
 * No reader sees a mixture of editions: which edition is live is read once, all batch views are read by that edition's (and
 * its ancestors') numbers, and what an edition is never changes. A publish in between changes what the next answer reads.
 *
 * Documents vanish only when something better is there: `cleanup` deletes speed documents after their hour is in batch, and
 * editions long after another was published. So when an hour is not answered by batch, batch is asked once more after
 * speed was read, and which edition is live is asked again: if both say the same as before, nothing was missed.
 */
import type { BoardName } from '../model/boards.ts'
import type { Edition } from '../model/editions.ts'
import { AppError } from '../model/errors.ts'
import type { StreamName } from '../model/streams/stream.ts'
import type { HourId } from '../model/time.ts'
import type { BatchDocument, SpeedDocument, SpeedStateDocument } from './documents.ts'
import { batchSource, emptySource, type HourSource, type Owner, ownerOfHour, speedSource } from './hour-source.ts'
import type { ReadUnder } from './provenance.ts'
import type { Views } from './views.ts'

export type ReadableViews = Pick<Views, 'batch' | 'speed' | 'hours' | 'editions' | 'live'>

export interface HoursWanted {
  readonly stream: StreamName
  readonly board: BoardName
  /** In time order. */
  readonly hours: readonly HourId[]
  /** Read this edition instead of the live one: to compare before publishing. Speed answers only for the live one. */
  readonly edition?: number | undefined
  /** The extractor that counts live before anything was published. */
  readonly extractorBefore: string
  readonly now: number
}

export interface HoursRead {
  readonly under: ReadUnder
  readonly states: readonly SpeedStateDocument[]
}

const ATTEMPTS_MAX = 5
const HOURS_AT_ONCE = 240

/**
 * Gives the sources to `take`, in time order and in pieces, so that a year of hours need not be in memory at once.
 * `restart` is called when an edition was published in between and everything is read again.
 */
export async function readHours(
  views: ReadableViews,
  wanted: HoursWanted,
  take: (sources: readonly HourSource[]) => void,
  restart: () => void,
): Promise<HoursRead> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    restart()
    const { under, chain } = await readChain(views, wanted)
    const extractors = new Set<string>()
    let onlyBatch = true
    for (let from = 0; from < wanted.hours.length; from += HOURS_AT_ONCE) {
      const hours = wanted.hours.slice(from, from + HOURS_AT_ONCE)
      const sources = await readSome(views, { ...wanted, hours }, chain)
      for (const source of sources) {
        if (source.origin === 'speed' && source.owner) extractors.add(source.owner.extractor)
        if (source.origin !== 'batch') onlyBatch = false
      }
      take(sources)
    }
    const { stream, board } = wanted
    const states = await Promise.all(
      [...extractors].map((extractor) => views.speed.states({ stream, board, extractor })),
    )
    if (onlyBatch || wanted.edition !== undefined) return { under, states: states.flat() }
    const live = await views.live.read(stream)
    if ((live?.version ?? 0) === under.liveVersion) return { under, states: states.flat() }
  }
  throw new AppError(
    'unavailable',
    `editions of ${wanted.stream} are published faster than they can be read; ask again`,
  )
}

async function readChain(
  views: ReadableViews,
  { stream, edition }: HoursWanted,
): Promise<{ readonly under: ReadUnder; readonly chain: readonly Edition[] }> {
  if (edition !== undefined) {
    const [chain, live] = await Promise.all([views.editions.chainOf(stream, edition), views.live.read(stream)])
    return { under: { edition, liveVersion: live?.version ?? 0 }, chain }
  }
  const seen = await views.editions.chain(stream)
  return seen
    ? { under: { edition: seen.live.edition, liveVersion: seen.live.version }, chain: seen.chain }
    : { under: { edition: null, liveVersion: 0 }, chain: [] }
}

async function readSome(
  views: ReadableViews,
  wanted: HoursWanted,
  chain: readonly Edition[],
): Promise<readonly HourSource[]> {
  const { board, hours, extractorBefore } = wanted
  const owners = new Map(hours.map((hour) => [hour, ownerOfHour(chain, board, hour, extractorBefore)]))
  const batch = await readBatch(views, wanted, owners, hours)
  const notInBatch = hours.filter((hour) => !batch.has(hour))
  const speed = wanted.edition === undefined ? await readSpeed(views, wanted, owners, notInBatch) : new Map()
  const meanwhile = await readBatch(views, wanted, owners, notInBatch)
  const nowhere = notInBatch.filter((hour) => !meanwhile.has(hour) && !speed.has(hour))
  const ledger = new Map(
    (nowhere.length === 0 ? [] : await views.hours.get(wanted.stream, nowhere)).map((entry) => [entry.hour, entry]),
  )
  return hours.map((hour) => {
    const owner = owners.get(hour) ?? null
    const document = batch.get(hour) ?? meanwhile.get(hour)
    if (document && owner) return batchSource(document, owner)
    const slots = speed.get(hour)
    if (slots && owner) return speedSource(hour, slots, owner)
    return emptySource(hour, owner, ledger.get(hour), wanted.now)
  })
}

type Owners = ReadonlyMap<HourId, Owner | null>

async function readBatch(
  views: ReadableViews,
  { stream, board }: HoursWanted,
  owners: Owners,
  hours: readonly HourId[],
): Promise<Map<HourId, BatchDocument>> {
  const byEdition = Map.groupBy(hours, (hour) => owners.get(hour)?.edition ?? null)
  byEdition.delete(null)
  const found = await Promise.all(
    [...byEdition].map(([edition, hours]) => views.batch.get({ stream, board, edition: edition!, hours })),
  )
  return new Map(found.flat().map((document) => [document.hour, document]))
}

async function readSpeed(
  views: ReadableViews,
  { stream, board }: HoursWanted,
  owners: Owners,
  hours: readonly HourId[],
): Promise<Map<HourId, SpeedDocument[]>> {
  const byExtractor = Map.groupBy(hours, (hour) => owners.get(hour)?.extractor ?? null)
  byExtractor.delete(null)
  const found = await Promise.all(
    [...byExtractor].map(([extractor, hours]) => views.speed.get({ stream, board, extractor: extractor!, hours })),
  )
  return Map.groupBy(found.flat(), (document) => document.hour)
}
