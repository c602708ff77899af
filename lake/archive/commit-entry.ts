/**
 * A commit entry: one atomic step of the archive, as JSON at `commits/<partition>/<from>.json`.
 *
 * Invariants: the entries of a partition are a chain from offset 0, each one's `to` is the next one's `from`; only the last one's
 * files may still have to be renamed from `temp` to `name`.
 */
import { z } from 'zod'
import { AppError, assert } from '../../model/errors.ts'
import { STREAM_NAMES } from '../../model/streams/stream.ts'
import { type HourId, parseHour } from '../../model/time.ts'

const offset = z.int().min(0)
const instant = z.int()
const hour = z.string().transform((text): HourId => parseHour(text))

const committedFile = z.object({
  /** Of the records' event times. */
  hour,
  /** In the hour's directory. */
  name: z.string().min(1),
  /** The path it was written under. */
  temp: z.string().min(1),
  bytes: z.int().min(1),
  records: z.int().min(1),
  firstEventAt: instant,
  lastEventAt: instant,
})

const range = z.object({ from: offset, to: offset })

const commitEntry = z.object({
  version: z.literal(1),
  stream: z.enum(STREAM_NAMES),
  topic: z.string().min(1),
  /** Kafka's own id of the topic (model/generations.ts); entries of earlier releases have none. */
  topicId: z.string().min(1).optional(),
  partition: offset,
  from: offset,
  to: offset,
  /** Who wrote it: of two entries for the same offsets this tells whose won. */
  writer: z.string().min(1),
  /** In the files. */
  records: z.int().min(0),
  /** Messages that are no records of the stream; each is in the dead-letter topic. */
  rejected: z.int().min(0),
  /** Offsets that Kafka no longer had when the archive asked for them. */
  missing: z.array(range),
  committedAt: instant,
  files: z.array(committedFile),
})

export type CommittedFile = Readonly<z.infer<typeof committedFile>>
export type OffsetRange = Readonly<z.infer<typeof range>>
export type CommitEntry = Readonly<Omit<z.infer<typeof commitEntry>, 'files' | 'missing'>> & {
  readonly files: readonly CommittedFile[]
  readonly missing: readonly OffsetRange[]
}

export function encodeEntry(entry: CommitEntry): Buffer {
  checkEntry(entry)
  return Buffer.from(`${JSON.stringify(entry, undefined, 1)}\n`)
}

/** @throws AppError `corrupt` naming the path */
export function decodeEntry(bytes: Buffer, path: string): CommitEntry {
  try {
    const entry = commitEntry.parse(JSON.parse(bytes.toString()))
    checkEntry(entry)
    return entry
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message
    const todo = `restore it from a snapshot, or 'tendance accept-loss ${path} --reason …' makes it anew from the files that are there`
    throw new AppError('corrupt', `the commit entry ${path} cannot be understood: ${why}; ${todo}`, {
      cause: error,
      facts: { path },
    })
  }
}

/** What must hold before it is written and after it is read. */
function checkEntry(entry: CommitEntry): void {
  const facts = { partition: entry.partition, from: entry.from, to: entry.to }
  assert(entry.from < entry.to, 'a commit covers offsets', facts)
  const inFiles = entry.files.reduce((sum, file) => sum + file.records, 0)
  const lost = entry.missing.reduce((sum, gap) => sum + gap.to - gap.from, 0)
  assert(inFiles === entry.records, 'a commit has as many records as its files', { ...facts, inFiles })
  assert(
    entry.records + entry.rejected + lost <= entry.to - entry.from,
    'a commit has a record an offset at most',
    facts,
  )
}
