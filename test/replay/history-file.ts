/**
 * A recorded history as a JSON file. Not in protobuf's canonical JSON: the SDK's own conversion needs one protobufjs in the
 * whole tree, and the gRPC client brings another. This one uses the messages' static code, which needs nothing.
 */
import { readFile, writeFile } from 'node:fs/promises'
import proto from '@temporalio/proto'

const { History } = proto.temporal.api.history.v1

/** Where and by what process it was recorded says nothing to a replay. */
const OF_THE_MACHINE = new Set(['stackTrace', 'identity', 'binaryChecksum'])

export type RecordedHistory = proto.temporal.api.history.v1.IHistory

export async function writeHistory(path: string, history: RecordedHistory): Promise<void> {
  const plain = History.toObject(History.fromObject(history), { enums: String, longs: String, bytes: String })
  await writeFile(path, `${JSON.stringify(plain, (key, value) => (OF_THE_MACHINE.has(key) ? '' : value))}\n`)
}

export async function readHistory(path: string): Promise<RecordedHistory> {
  return History.fromObject(JSON.parse(await readFile(path, 'utf8')))
}
