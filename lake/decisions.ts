/**
 * What people have decided about damage that nothing can mend: files of JSON under `decisions/` in the lake, one a decision, never
 * changed and never deleted, so that an hour can say for ever what it lacks, who accepted it, when and why.
 *
 * Invariant: a decision is made once, by a rename that does not replace. Deciding the same again finds the first one.
 */
import { z } from 'zod'
import { AppError, isAppError } from '../model/errors.ts'
import type { StreamName } from '../model/streams/stream.ts'
import type { LakePlace } from './listing.ts'
import { writeWhole } from './temporary-files.ts'

const decisionJson = z.object({
  version: z.literal(1),
  /** What was decided about: a path in the lake. */
  about: z.string(),
  /** What was decided, as a sentence. */
  what: z.string(),
  /** Records that are lost by it; null: not known. */
  records: z.int().min(0).nullable(),
  reason: z.string().min(1),
  by: z.string(),
  /** Wall clock, ms. */
  at: z.int(),
})

export type Decision = Readonly<Omit<z.infer<typeof decisionJson>, 'version'>>

/** Who decides, and why. */
export interface Decider {
  readonly reason: string
  readonly by: string
  readonly at: number
}

/** Writes the decision down, unless it was made before. Resolves to the one that stands. */
export async function decide(
  place: LakePlace,
  stream: StreamName,
  path: string,
  decision: Decision,
  unique: string,
): Promise<Decision> {
  const bytes = Buffer.from(`${JSON.stringify({ version: 1, ...decision }, undefined, 1)}\n`)
  try {
    await writeWhole(place.store, path, [bytes], { tmpDir: place.layout.tmpDir(stream), unique })
    return decision
  } catch (error) {
    if (!isAppError(error, 'exists')) throw error
    return (await readDecision(place, path)) ?? decision
  }
}

/** null: nobody has decided. @throws AppError `corrupt` */
export async function readDecision({ store }: LakePlace, path: string): Promise<Decision | null> {
  let bytes: Buffer
  try {
    bytes = await store.read(path)
  } catch (error) {
    if (isAppError(error, 'not-found')) return null
    throw error
  }
  try {
    const { version: _version, ...decision } = decisionJson.parse(JSON.parse(bytes.toString()))
    return decision
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message
    throw new AppError('corrupt', `the decision ${path} cannot be understood: ${why}; delete it and decide again`, {
      cause: error,
      facts: { path },
    })
  }
}
