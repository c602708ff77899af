/**
 * Whether the lake takes what a worker would write: a small file is created, read back where that is needed too, and deleted. Asking only
 * whether it answers would not do: HDFS in safe mode, without room or without DataNodes answers every question about names.
 */
import { AppError, isAppError } from '../model/errors.ts'
import type { StreamName } from '../model/streams/stream.ts'
import type { FileStore } from './file-store.ts'
import type { Layout } from './layout.ts'
import { openStore, type StoreSettings } from './open-store.ts'

export interface LakeProbe extends AsyncDisposable {
  /**
   * Answers what was done. An answer is kept for some seconds, so that probes at short intervals cost a write now and then.
   * @throws AppError in the words of the store, within `ASK_MS`
   */
  ask(): Promise<string>
}

export interface LakeProbeOptions {
  readonly settings: StoreSettings
  readonly layout: Layout
  readonly stream: StreamName
  /** Whose files these are: no other process has this name. */
  readonly writer: string
  /** The worker reads what it finds in the lake. */
  readonly reads?: boolean
}

const KEEP_MS = 8_000
const ASK_MS = 4_000
const PATIENCE = { firstWaitMs: 100, waitMsMax: 500, totalMs: 1_000 } as const
const TEXT = Buffer.from('written and deleted by a readiness probe')

/** With a store of its own: it is less patient than the worker is, and it must not queue behind what the worker writes. */
export function createLakeProbe({ settings, layout, stream, writer, reads = false }: LakeProbeOptions): LakeProbe {
  const store = openStore(settings, { retries: PATIENCE })
  let askedAt = Number.NEGATIVE_INFINITY
  let tries = 0
  const did = reads ? 'a file was written, read and deleted' : 'a file was written and deleted'
  return {
    async ask() {
      if (performance.now() - askedAt < KEEP_MS) return did
      const path = `${layout.tmpDir(stream)}/${writer}/probe-${++tries}`
      await within(ASK_MS, store, (signal) => writeAndDelete(store, path, reads, signal))
      askedAt = performance.now()
      return did
    },
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
}

async function writeAndDelete(store: FileStore, path: string, reads: boolean, signal: AbortSignal): Promise<void> {
  await store.create(path, [TEXT], signal)
  if (reads && !(await store.read(path, undefined, signal)).equals(TEXT)) {
    throw new AppError('unavailable', `${store.address}: ${path} does not hold what was written into it`)
  }
  await store.delete(path)
}

/** What hangs is ended, so that the next probe begins anew; what it leaves behind is swept with other temporary files. */
async function within(ms: number, store: FileStore, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const signal = AbortSignal.timeout(ms)
  try {
    await work(signal)
  } catch (error) {
    if (!signal.aborted || !isAppError(error, 'cancelled')) throw error
    const message = `the lake at ${store.address} has not written a small file within ${ms / 1_000} s: are its DataNodes up?`
    throw new AppError('unavailable', message, { cause: error })
  }
}
