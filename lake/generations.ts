/**
 * The history of a stream's generations in the lake (model/generations.ts): `generations/<number>.json`, one file an entry, written
 * without clobbering. Of two who write the next entry one wins, and the other reads what that one wrote.
 */
import { z } from 'zod'
import { AppError, isAppError } from '../model/errors.ts'
import { GENERATION_CAUSES, type GenerationEntry, type GenerationHistory } from '../model/generations.ts'
import { STREAM_NAMES, type StreamName } from '../model/streams/stream.ts'
import { mapBounded } from './concurrency.ts'
import type { LakePlace } from './listing.ts'
import { writeWhole } from './temporary-files.ts'

const offset = z.int().min(0)
const offsets = z.record(z.string().regex(/^\d+$/), offset)

const entryJson = z.object({
  version: z.literal(1),
  stream: z.enum(STREAM_NAMES),
  number: z.int().min(1),
  generation: z.int().min(1),
  cause: z.enum(GENERATION_CAUSES),
  topic: z.string().min(1),
  topicId: z.string().min(1),
  partitions: z.int().min(1),
  bases: offsets,
  begins: offsets.optional(),
  ends: offsets.optional(),
  lost: z.array(z.object({ partition: offset, from: offset, to: offset })).optional(),
  at: z.int(),
  by: z.string(),
  reason: z.string(),
})

const ENTRY_NAME = /^(\d{6})\.json$/
const READS_AT_ONCE = 8

/** All entries in order; none: nobody has archived with a release that writes them. @throws AppError `corrupt` */
export async function readGenerations(place: LakePlace, stream: StreamName): Promise<GenerationHistory> {
  const { store, layout } = place
  const names = await store.list(layout.generationsDir(stream))
  const numbers = names.flatMap(({ name }) => ENTRY_NAME.exec(name)?.[1] ?? []).map(Number)
  return mapBounded(numbers, READS_AT_ONCE, (number) => readEntry(place, stream, number))
}

async function readEntry({ store, layout }: LakePlace, stream: StreamName, number: number): Promise<GenerationEntry> {
  const path = layout.generationFile(stream, number)
  const bytes = await store.read(path)
  try {
    const { version: _version, stream: its, ...entry } = entryJson.parse(JSON.parse(bytes.toString()))
    if (its === stream && entry.number === number) return entry
    throw new Error(`it holds entry ${entry.number} of ${its}`)
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message
    throw new AppError('corrupt', `${path} cannot be understood: ${why}; restore it from a snapshot`, {
      cause: error,
      facts: { path },
    })
  }
}

/** Writes the next entry. False: somebody else has written an entry of that number. `unique`: see `writeWhole`. */
export async function writeGeneration(
  { store, layout }: LakePlace,
  stream: StreamName,
  entry: GenerationEntry,
  unique: string,
): Promise<boolean> {
  const text = JSON.stringify({ version: 1, stream, ...entry }, undefined, 1)
  const path = layout.generationFile(stream, entry.number)
  try {
    await writeWhole(store, path, [Buffer.from(`${text}\n`)], { tmpDir: layout.tmpDir(stream), unique })
    return true
  } catch (error) {
    if (isAppError(error, 'exists')) return false
    throw error
  }
}
