/**
 * Reading the lake against its logs, for the nightly workflow: the log, then the hours page by page, then the views' tallies. What an
 * hour lacks is noted in the hour (lake/settle.ts), so that the ledger and the answers say it from then on.
 */
import type { EntryFile } from '../lake/entries.ts'
import type { HourRange } from '../lake/hour-dirs.ts'
import { isAppError } from '../model/errors.ts'
import type { StreamName } from '../model/streams/stream.ts'
import type { HourId } from '../model/time.ts'
import {
  DAMAGES_KEPT,
  type Damage,
  type KafkaOffsets,
  type Verification,
  type VerifiedHours,
  type VerifiedLog,
  type VerifiedPage,
  type VerifyRequest,
} from '../model/verify.ts'
import { withBeat } from './beat.ts'
import type { BatchDependencies } from './dependencies.ts'
import { amendLedger } from './ledger.ts'
import { findLostTallies } from './lost-tallies.ts'

/** Hours of one activity: the names of so many are compared in some seconds, and their blocks read in as many. */
const PAGE_HOURS = 2_000
const PAGE_HOURS_DEEP = 50
/** No hour is as far back: the log is asked for without any. */
const NO_HOURS: HourRange = { to: '0000-01-01T00' as HourId }

export function verifyLog(deps: BatchDependencies) {
  return ({ stream }: { readonly stream: StreamName }): Promise<VerifiedLog> =>
    withBeat(async ({ signal }) => {
      const kafka = await kafkaOffsets(deps, stream)
      const { log } = await deps.lake.verifier.verify(stream, { range: NO_HOURS, deep: false, signal, kafka })
      return { partitions: log.partitions, damages: log.damages.slice(0, DAMAGES_KEPT) }
    })
}

/** Of the log; undefined when the topic is another one: then sealing says so. */
async function kafkaOffsets(
  { highWatermarks }: BatchDependencies,
  stream: StreamName,
): Promise<ReadonlyMap<number, KafkaOffsets> | undefined> {
  try {
    return new Map([...(await highWatermarks(stream))].map(([partition, high]) => [partition, { high }]))
  } catch (error) {
    if (!isAppError(error, 'conflict')) throw error
    return undefined
  }
}

export function verifyHours(deps: BatchDependencies) {
  return ({ stream, since, until, deep }: VerifyRequest): Promise<VerifiedPage> =>
    withBeat(async ({ signal }) => {
      const range = rangeOf(since, until)
      const ledger = await deps.views.hours.standings(stream, range)
      const damaged = new Map<HourId, readonly EntryFile[]>()
      const { hours } = await deps.lake.verifier.verify(stream, {
        range,
        deep,
        signal,
        ledger,
        hoursMax: deep ? PAGE_HOURS_DEEP : PAGE_HOURS,
        onDamaged: (hour, listed) => damaged.set(hour, listed),
      })
      for (const [hour, committed] of damaged) {
        signal.throwIfAborted()
        await noteDamage(deps, stream, hour, committed)
      }
      return { ...hours, damages: hours.damages.slice(0, DAMAGES_KEPT) }
    })
}

/** One hour whose seal or log cannot be read does not hold up the others: its damage is in the report. */
async function noteDamage(
  deps: BatchDependencies,
  stream: StreamName,
  hour: HourId,
  committed: readonly EntryFile[],
): Promise<void> {
  const { lake, clock, logger } = deps
  try {
    const { listing } = await lake.settleHour(stream, hour, { at: clock(), by: 'a verification', committed })
    if (listing.sealed) await amendLedger(deps, stream, hour, listing.digest)
  } catch (error) {
    if (!isAppError(error, 'corrupt')) throw error
    logger.error({ stream, hour, ...error.facts }, error.message)
  }
}

export function verifyTallies(deps: BatchDependencies) {
  return ({ stream, since, until }: VerifyRequest): Promise<Pick<VerifiedHours, 'damages'>> =>
    withBeat(async ({ signal }) => {
      const damages = await findLostTallies(deps, stream, rangeOf(since, until), signal)
      return { damages: damages.slice(0, DAMAGES_KEPT) }
    })
}

/** Keeps what was found, for the ledger's problems and for metrics. */
export function keepVerification(deps: BatchDependencies) {
  return async (found: Omit<Verification, 'ms'>): Promise<void> => {
    const { views, clock, logger } = deps
    const damages: readonly Damage[] = found.damages.slice(0, DAMAGES_KEPT)
    await views.hours.putVerification({ ...found, damages, ms: clock() - found.at })
    const { stream, counts } = found
    const [first] = damages
    if (first)
      logger.error({ stream, found: found.found, path: first.path, kind: first.kind }, `${first.what}; ${first.todo}`)
    else logger.info({ stream, ...counts }, 'the lake is what its log says')
  }
}

function rangeOf(from: HourId | null, to: HourId | null): HourRange {
  return { ...(from ? { from } : {}), ...(to ? { to } : {}) }
}
