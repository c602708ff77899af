/**
 * What a recompute would read, and a sample of what would change: counted from the lake as it would be, and stored nowhere.
 *
 * Invariant: nothing is written, neither to the lake nor to the views.
 */
import { mapBounded } from '../lake/concurrency.ts'
import { boardsOf } from '../model/boards.ts'
import { type DiffRow, diffTops } from '../model/diff.ts'
import { type Edition, editionOfHour } from '../model/editions.ts'
import { AppError } from '../model/errors.ts'
import { straddledChange } from '../model/generations.ts'
import {
  missingBetween,
  type PreviewRange,
  runsOf,
  SAMPLE_HOURS,
  SAMPLE_ROWS,
  type SampledBoard,
  type SampledHour,
  type SampleHour,
  type SampleRequest,
  sampleOf,
} from '../model/preview.ts'
import type { EditionRequest } from '../model/requests.ts'
import { shortText } from '../model/short-text.ts'
import type { StreamName } from '../model/streams/stream.ts'
import { mergeTallies } from '../model/tally-merge.ts'
import { type HourId, nextHour } from '../model/time.ts'
import type { BatchDocument } from '../views/documents.ts'
import { withBeat } from './beat.ts'
import type { BatchDependencies } from './dependencies.ts'

const LISTINGS_AT_ONCE = 16
/** No tally file of that number is written: it is only what the counters are asked with. */
const NO_EDITION = 0
/** Of a row of a sample, in UTF-16 units: longer than any term that is counted now. */
const TERM_SHOWN_MAX = 4_000

/** An hour with records, as the ledger has it, or as it lies in the lake when the ledger does not know it as sealed. */
interface KnownHour extends SampleHour {
  readonly records: number
  readonly sealed: boolean
}

export function previewRange(deps: BatchDependencies) {
  return ({ stream, since, until, boards, extractors }: EditionRequest): Promise<PreviewRange> =>
    withBeat(async ({ signal }) => {
      const { views, lake, settings } = deps
      const live = await views.editions.chain(stream)
      const range = { ...(since ? { from: since } : {}), ...(until ? { to: until } : {}) }
      const found = await lake.listHours(stream, range, signal)
      const known = (await knownHours(deps, stream, found, signal)).filter(({ bytes }) => bytes > 0)
      const sealed = known.filter((hour) => hour.sealed)
      return {
        parent: live?.live.edition ?? null,
        boards: boards ?? boardsOf(stream),
        extractors: { ...settings.firstExtractors, ...live?.chain[0]?.extractors, ...extractors },
        hours: sealed.length,
        first: sealed[0]?.hour ?? null,
        last: sealed.at(-1)?.hour ?? null,
        records: sealed.reduce((sum, { records }) => sum + records, 0),
        bytes: sealed.reduce((sum, { bytes }) => sum + bytes, 0),
        open: runsOf(known.filter((hour) => !hour.sealed).map(({ hour }) => hour)),
        missing: missingBetween(known.map(({ hour }) => hour)),
        sample: sampleOf(sealed, SAMPLE_HOURS).map(({ hour, bytes }) => ({ hour, bytes })),
        measured: largestMeasured(await views.editions.list(stream)),
      }
    })
}

/** In their order. */
async function knownHours(
  { views, lake }: BatchDependencies,
  stream: StreamName,
  hours: readonly HourId[],
  signal: AbortSignal,
): Promise<readonly KnownHour[]> {
  const [first, last] = [hours[0], hours.at(-1)]
  if (first === undefined || last === undefined) return []
  const ledger = new Map(
    (await views.hours.list(stream, { from: first, to: nextHour(last) })).map((one) => [one.hour, one]),
  )
  return mapBounded(hours, LISTINGS_AT_ONCE, async (hour) => {
    signal.throwIfAborted()
    const entry = ledger.get(hour)
    if (entry && entry.sealedAt !== null) {
      return { hour, bytes: entry.bytes, records: entry.records, sealed: true }
    }
    const { bytes, sealed } = await lake.listHour(stream, hour)
    const seal = sealed ? await lake.readSeal(stream, hour) : undefined
    return { hour, bytes, records: seal?.records ?? 0, sealed }
  })
}

function largestMeasured(editions: readonly Edition[]): PreviewRange['measured'] {
  const measured = editions.flatMap(({ number, built }) =>
    built && built.bytes > 0 ? [{ edition: number, ...built }] : [],
  )
  const largest = measured.toSorted((a, b) => b.bytes - a.bytes)[0]
  if (!largest) return null
  const { edition, hours, bytes, ms } = largest
  return { edition, hours, bytes, ms }
}

/** @throws AppError `corrupt`, `unavailable` */
export function previewHour(deps: BatchDependencies) {
  return ({ stream, hour, boards, extractors }: SampleRequest): Promise<SampledHour> =>
    withBeat(async ({ signal }) => {
      const { views, lake, counters, clock } = deps
      const chain = (await views.editions.chain(stream))?.chain ?? []
      const { digest, files, bytes } = await lake.listHour(stream, hour)
      const acrossPartitions = straddledChange(files, await lake.layoutChanges(stream)) !== undefined
      const sampled: SampledBoard[] = []
      let ms = 0
      for (const board of boards) {
        const extractor = extractors[board]
        if (extractor === undefined) {
          throw new AppError('internal', `no extractor is known for board ${board}`, { facts: { board } })
        }
        const name = { stream, board, edition: NO_EDITION, hour, digest, extractor }
        const from = clock()
        const { columns, facts } = await counters.countHour({ name, files, acrossPartitions }, { signal })
        ms += clock() - from
        const owner = editionOfHour(chain, hour, board)
        const [before] = owner ? await views.batch.get({ stream, board, edition: owner.number, hours: [hour] }) : []
        sampled.push({
          board,
          before: before ? seen(before) : null,
          after: { extractor, records: facts.records, copies: facts.copies },
          otherFiles: before !== undefined && before.digest !== digest,
          rows: diffTops(
            mergeTallies(before ? [{ tally: before }] : []),
            mergeTallies([{ tally: columns }]),
            SAMPLE_ROWS,
          ).map(shortRow),
        })
      }
      return { hour, bytes, ms, boards: sampled }
    })
}

/** A view of an earlier release can have terms of any length, and a sample goes through Temporal. */
function shortRow(row: DiffRow): DiffRow {
  return { ...row, key: shortText(row.key, TERM_SHOWN_MAX), shown: shortText(row.shown, TERM_SHOWN_MAX) }
}

function seen({ edition, extractor, records }: BatchDocument) {
  return { edition, extractor, records }
}
