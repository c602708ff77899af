/**
 * Sealing an hour: writing down that no record is still on its way in, and what the hour then held (docs/hours.md is the contract
 * for others).
 *
 * The rule (DESIGN.md): the wall clock is past the hour's end and the grace, and each partition has archived at least up to the
 * high watermark that Kafka told after that moment. Who seals makes sure of it (activities/seal-hours.ts); Kafka is not known here.
 *
 * Invariants: a seal names exactly the files that were listed, by digest. Late records come as further files: the seal stays true
 * of what it names, and amending replaces it by one that says what came, and when; `sealedAt` stays.
 */
import { z } from 'zod'
import { AppError, isAppError } from '../model/errors.ts'
import type { Amendment, HourAccount, Quarantined } from '../model/ledger.ts'
import { STREAM_NAMES, type StreamName } from '../model/streams/stream.ts'
import { type HourId, parseHour } from '../model/time.ts'
import { type AccountOptions, stockOf } from './account.ts'
import { type LakePlace, listHour } from './listing.ts'
import { writeWhole } from './temporary-files.ts'

const count = z.int().min(0)
const instant = z.int()
const lacking = z.object({ files: count, records: count })

const sealJson = z.object({
  version: z.literal(1),
  stream: z.enum(STREAM_NAMES),
  hour: z.string().transform((text): HourId => parseHour(text)),
  /** Wall clock, ms: when it was sealed first. */
  sealedAt: instant,
  /** Of the listing that was sealed (lake/listing.ts). */
  digest: z.string(),
  /** The same as if nothing were quarantined. */
  wholeDigest: z.string().optional(),
  /** Copies of a record count as often as they are there. */
  records: count,
  bytes: count,
  files: count,
  /** Of each partition with records in the hour: the range of offsets that its files cover, and its records. */
  partitions: z.array(z.object({ partition: count, from: count, to: count, records: count })),
  firstArrivedAt: instant.nullable().default(null),
  lastArrivedAt: instant.nullable().default(null),
  late: count.default(0),
  lost: count.default(0),
  /**
   * Files that proved corrupt and were set aside, or vanished, and their records, which are not among `records`. Of them: those that
   * vanished, and those that a person accepted as lost.
   */
  quarantined: z
    .object({ files: count, records: count, vanished: lacking.optional(), accepted: lacking.optional() })
    .default({ files: 0, records: 0 }),
  /** What came after it was sealed, oldest first. Fewer than none: a file was quarantined, or vanished. */
  amendments: z.array(z.object({ at: instant, records: z.int() })).default([]),
})

export interface Seal extends HourAccount {
  readonly stream: StreamName
  readonly hour: HourId
  readonly sealedAt: number
  readonly digest: string
  readonly wholeDigest: string
  readonly quarantined: Quarantined
  readonly amendments: readonly Amendment[]
}

export interface SealOptions extends AccountOptions {
  /** Part of a temporary name that nobody else uses. */
  readonly unique: string
}

/** Seals the hour as it is now, in place of an earlier seal. The caller has made sure that it may. */
export async function sealHour(
  place: LakePlace,
  stream: StreamName,
  hour: HourId,
  options: SealOptions & { readonly sealedAt: number },
): Promise<Seal> {
  const { sealedAt } = options
  const seal = { stream, hour, sealedAt, ...(await stockOf(place, stream, hour, options)), amendments: [] }
  await writeSeal(place, seal, options.unique)
  return seal
}

/** Seals the hour with what came since `before`. Nothing came: nothing is written. */
export async function amendSeal(
  place: LakePlace,
  before: Seal,
  options: SealOptions & { readonly at: number },
): Promise<Seal> {
  const { stream, hour, sealedAt } = before
  if ((await listHour(place, stream, hour)).digest === before.digest) return before
  const stock = await stockOf(place, stream, hour, options)
  const records = stock.records - before.records
  const amendments = records === 0 ? before.amendments : [...before.amendments, { at: options.at, records }]
  const seal = { stream, hour, sealedAt, ...stock, amendments }
  await writeSeal(place, seal, options.unique)
  return seal
}

/** Seals the hour again after it was compacted: the same records in other files. What came meanwhile amends it. */
export async function refreshSeal(
  place: LakePlace,
  before: Seal,
  options: SealOptions & { readonly at: number },
): Promise<Seal> {
  const { digest, files, bytes } = await listHour(place, before.stream, before.hour)
  const isSame = digest === before.digest && (files.length !== before.files || bytes !== before.bytes)
  const seal = isSame ? { ...before, files: files.length, bytes } : before
  if (isSame) await writeSeal(place, seal, options.unique)
  // Last, so that a seal that another has amended between the listing and the writing is amended again.
  return amendSeal(place, seal, { ...options, unique: `${options.unique}-amended` })
}

async function writeSeal({ store, layout }: LakePlace, seal: Seal, unique: string): Promise<void> {
  const bytes = Buffer.from(`${JSON.stringify({ version: 1, ...seal }, undefined, 1)}\n`)
  await writeWhole(store, layout.sealFile(seal.stream, seal.hour), [bytes], {
    tmpDir: layout.tmpDir(seal.stream),
    unique,
    replace: true,
  })
}

/** The hour's seal, or undefined. @throws AppError `corrupt` */
export async function readSeal(place: LakePlace, stream: StreamName, hour: HourId): Promise<Seal | undefined> {
  const path = place.layout.sealFile(stream, hour)
  let bytes: Buffer
  try {
    bytes = await place.store.read(path)
  } catch (error) {
    if (isAppError(error, 'not-found')) return undefined
    throw error
  }
  try {
    const { version: _version, wholeDigest, ...seal } = sealJson.parse(JSON.parse(bytes.toString()))
    return { ...seal, wholeDigest: wholeDigest ?? seal.digest }
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message
    throw new AppError(
      'corrupt',
      `the seal ${path} cannot be understood: ${why}; delete it, the next run seals again`,
      {
        cause: error,
        facts: { path },
      },
    )
  }
}
