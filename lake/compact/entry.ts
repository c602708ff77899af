/**
 * An entry of an hour's compaction log: files that replace others, as JSON at `compactions/2026/11/16/07/<sequence>.json`.
 *
 * Invariants: a compacted file holds what its originals held, record for record; sequences of an hour have no gaps; only the last
 * entry may still have files to rename from `temp` to their names, or sources to delete.
 */
import { z } from 'zod'
import { AppError, assert } from '../../model/errors.ts'
import { STREAM_NAMES } from '../../model/streams/stream.ts'
import { type HourId, parseHour } from '../../model/time.ts'
import { addContents, contentsOf } from '../contents.ts'
import { parseRecordFileName } from '../layout.ts'

const recordFile = z.object({
  /** In the hour's directory. */
  name: z.string().refine((name) => parseRecordFileName(name) !== undefined, 'not the name of a record file'),
  bytes: z.int().min(1),
  records: z.int().min(1),
})

const compactedFile = recordFile.extend({
  /** The path it was written under. */
  temp: z.string().min(1),
  /** Names that it replaces in the hour's directory. */
  sources: z.array(z.string().min(1)).min(2),
  /** What the archive had written of it: the sources, or what those were compacted from. */
  originals: z.array(recordFile).min(2),
})

const compactionEntry = z.object({
  version: z.literal(1),
  stream: z.enum(STREAM_NAMES),
  hour: z.string().transform((text): HourId => parseHour(text)),
  sequence: z.int().min(1),
  writer: z.string().min(1),
  compactedAt: z.int(),
  files: z.array(compactedFile).min(1),
})

export type OriginalFile = Readonly<z.infer<typeof recordFile>>
export type CompactedFile = Readonly<Omit<z.infer<typeof compactedFile>, 'sources' | 'originals'>> & {
  readonly sources: readonly string[]
  readonly originals: readonly OriginalFile[]
}
export type CompactionEntry = Readonly<Omit<z.infer<typeof compactionEntry>, 'files'>> & {
  readonly files: readonly CompactedFile[]
}

export function encodeCompaction(entry: CompactionEntry): Buffer {
  for (const file of entry.files) checkFile(file)
  return Buffer.from(`${JSON.stringify(entry, undefined, 1)}\n`)
}

/** @throws AppError `corrupt` naming the path */
export function decodeCompaction(bytes: Buffer, path: string): CompactionEntry {
  try {
    const entry = compactionEntry.parse(JSON.parse(bytes.toString()))
    for (const file of entry.files) checkFile(file)
    return entry
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message
    throw new AppError('corrupt', `the compaction ${path} cannot be understood: ${why}; restore it from a snapshot`, {
      cause: error,
      facts: { path },
    })
  }
}

/** What must hold before it is written and after it is read. */
function checkFile({ name, records, originals }: CompactedFile): void {
  const held = originals.reduce((sum, original) => sum + original.records, 0)
  assert(held === records, 'a compacted file has as many records as its originals', { name, records, held })
  const parts = originals.map((original) => ({ ...parseRecordFileName(original.name)!, bytes: original.bytes }))
  const contents = addContents(parts.map(contentsOf))
  assert(parseRecordFileName(name)?.contents === contents, 'a compacted file is named after its contents', { name })
}
