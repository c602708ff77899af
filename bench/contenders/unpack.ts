/**
 * `unpack.ts`: reads every record file of the lake that the configuration names and unpacks its blocks, on as many threads
 * as cores, and nothing else: the limit that no count can beat while it reads this lake with this zlib.
 */
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { loadConfig } from '../../app/config.ts'
import { openBlock, readContainer } from '../../lake/avro/container-reader.ts'
import { layoutAt } from '../../lake/layout.ts'
import { openStore } from '../../lake/open-store.ts'
import type { RecordFile } from '../../lake/scan/messages.ts'
import { openFileReader } from '../../lake/scan/open-file-reader.ts'
import { ReadAhead } from '../../lake/scan/read-ahead.ts'
import { silentLogger } from '../../model/log.ts'
import { requestsOf } from './lake-requests.ts'

if (isMainThread) await unpackAll()
else await unpackShare(workerData as readonly RecordFile[])

async function unpackAll(): Promise<void> {
  const { config } = loadConfig()
  await using store = openStore(config.lake)
  const startedAt = performance.now()
  const requests = await requestsOf({ store, layout: layoutAt(config.lake.root) }, 1)
  const files = requests.flatMap((request) => request.files)
  const threads = availableParallelism()
  const shares = Array.from({ length: threads }, (_, i) => files.filter((_file, at) => at % threads === i))
  const unpacked = await Promise.all(
    shares.map(async (share) => {
      const worker = new Worker(new URL(import.meta.url), { workerData: share })
      const [bytes] = (await once(worker, 'message')) as [number]
      return bytes
    }),
  )
  console.log(
    JSON.stringify({
      bytes: files.reduce((sum, file) => sum + file.bytes, 0),
      unpackedBytes: unpacked.reduce((sum, bytes) => sum + bytes, 0),
      seconds: Math.round(performance.now() - startedAt) / 1_000,
    }),
  )
}

async function unpackShare(files: readonly RecordFile[]): Promise<void> {
  const { config } = loadConfig()
  await using reader = openFileReader(config.lake, silentLogger)
  const ahead = new ReadAhead(reader)
  const into = new Uint8Array(1024 * 1024)
  let bytes = 0
  for (const [at, file] of files.entries()) {
    const container = readContainer(await ahead.take(file), file.path)
    ahead.ahead(files[at + 1])
    for (const block of container.blocks()) {
      bytes += openBlock(container, block, into).length
      if (block.index % 4 === 3) await new Promise(setImmediate)
    }
  }
  parentPort?.postMessage(bytes)
}
