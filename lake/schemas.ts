/**
 * The schemas that a stream's records were written with, kept beside the records: one file a schema, named by its fingerprint, written
 * once. Who reads the lake with other tools has them too, though every record file also carries its own.
 */
import { AppError, isAppError, messageOf } from '../model/errors.ts'
import { fingerprintHex, fingerprintOf } from '../model/streams/fingerprint.ts'
import type { AvroSchema, StreamName } from '../model/streams/stream.ts'
import type { LakePlace } from './listing.ts'
import { writeWhole } from './temporary-files.ts'

/** Keeps the schema unless it is there. `unique`: a temporary name that nobody else uses. */
export async function keepSchema(
  { store, layout }: LakePlace,
  stream: StreamName,
  schema: AvroSchema,
  unique: string,
): Promise<void> {
  const path = layout.schemaFile(stream, fingerprintHex(fingerprintOf(schema)))
  if (await store.stat(path)) return
  const bytes = Buffer.from(`${JSON.stringify(schema, undefined, 2)}\n`)
  try {
    await writeWhole(store, path, [bytes], { tmpDir: layout.tmpDir(stream), unique })
  } catch (error) {
    // another worker was quicker: what has this name is this schema
    if (!isAppError(error, 'exists')) throw error
  }
}

/** @throws AppError `corrupt` when the file is not the schema that its name says */
export async function findKeptSchema(
  { store, layout }: LakePlace,
  stream: StreamName,
  fingerprint: string,
): Promise<AvroSchema | undefined> {
  const path = layout.schemaFile(stream, fingerprint)
  let text: string
  try {
    text = (await store.read(path)).toString()
  } catch (error) {
    if (isAppError(error, 'not-found')) return undefined
    throw error
  }
  try {
    const schema = JSON.parse(text) as AvroSchema
    if (fingerprintHex(fingerprintOf(schema)) === fingerprint) return schema
  } catch (error) {
    throw new AppError('corrupt', `${path} is no schema: ${messageOf(error)}; restore it`, { cause: error })
  }
  throw new AppError('corrupt', `${path} holds another schema than its name says; restore it`, { facts: { path } })
}
