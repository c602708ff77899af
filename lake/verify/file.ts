/**
 * A record file block by block: sync markers, compression and checksums, the number of records, and that every record is of the hour.
 * It resolves the file's own schema, so files of earlier versions are read as they are.
 */
import avro from 'avsc'
import { isAppError } from '../../model/errors.ts'
import type { StreamName } from '../../model/streams/stream.ts'
import { type HourId, hourEnd, hourStart } from '../../model/time.ts'
import type { Damage } from '../../model/verify.ts'
import { openBlock, readContainer } from '../avro/container-reader.ts'
import type { LakePlace, RecordFile } from '../listing.ts'

/** The field that has the event time in ms: only that one is decoded, the others are passed over. */
const EVENT_TIME: Readonly<Record<StreamName, string>> = { posts: 'created_at' }

/** `records`: as the log says. */
export async function verifyFile(
  { store }: LakePlace,
  stream: StreamName,
  hour: HourId,
  { path }: RecordFile,
  records: number,
  signal?: AbortSignal,
): Promise<readonly Damage[]> {
  const aside = `'tendance quarantine add ${path}' sets it aside, so that its hour says what it lacks; restore it from a snapshot`
  let found = 0
  let elsewhere = 0
  try {
    const bytes = await store.read(path, undefined, signal)
    const container = readContainer(bytes, path)
    const timeOf = eventTimes(container.schema as avro.Schema, EVENT_TIME[stream])
    const [start, end] = [hourStart(hour), hourEnd(hour)]
    for (const block of container.blocks()) {
      signal?.throwIfAborted()
      for (const time of timeOf(openBlock(container, block), block.count))
        if (time < start || time >= end) elsewhere += 1
      found += block.count
    }
  } catch (error) {
    if (isAppError(error, 'not-found')) return []
    if (!isAppError(error, 'corrupt')) throw error
    return [{ kind: 'unreadable', path, hour, records, what: error.message, todo: aside }]
  }
  if (found !== records) {
    const what = `${path} has ${found} records, the log says ${records}: it is another file`
    return [{ kind: 'records', path, hour, records, what, todo: aside }]
  }
  if (elsewhere === 0) return []
  const what = `${elsewhere} of the ${found} records of ${path} are not of its hour: it is another file, or their messages had another time than their records`
  return [
    {
      kind: 'wrong-hour',
      path,
      hour,
      records: elsewhere,
      what,
      todo: `look at the topic's message.timestamp.type with 'tendance doctor'; ${aside}`,
    },
  ]
}

type TimesOf = (data: Uint8Array, count: number) => Generator<number>

function eventTimes(schema: avro.Schema, field: string): TimesOf {
  const writer = avro.Type.forSchema(schema)
  const record = schema as { readonly fields: readonly { readonly name: string; readonly type: unknown }[] }
  const reader = avro.Type.forSchema({
    ...(schema as object),
    fields: [{ name: field, type: 'long' }],
  } as unknown as avro.Schema)
  const resolver = record.fields.some(({ name }) => name === field) ? reader.createResolver(writer) : undefined
  return function* (data, count) {
    if (!resolver) return
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.length)
    let at = 0
    for (let i = 0; i < count; i += 1) {
      const { value, offset } = reader.decode(bytes, at, resolver) as { value: Record<string, number>; offset: number }
      yield value[field]!
      at = offset
    }
  }
}
