/**
 * Counting hours of the lake on threads: files in, full tallies out. The batch hot path.
 *
 * A thread counts whole hours when there are many, since then nothing has to be merged; a large hour that comes alone is
 * spread over the threads by partition and merged (copies of a record have one id and so one partition). Threads read the
 * files themselves; what comes back is the tally file, ready to be written, and the greatest terms.
 */
import { availableParallelism } from 'node:os'
import { termLengthMaxOf } from '../../model/boards.ts'
import { type PartialTally, transferListOf } from '../../model/count/partial-tally.ts'
import { type AppError, assert, isAppError } from '../../model/errors.ts'
import { type Logger, silentLogger } from '../../model/log.ts'
import type { TallyColumns } from '../../model/tally.ts'
import type { TallyFileFacts, TallyName } from '../tallies/format.ts'
import { decodePartial, encodePartial } from '../tallies/partial-file.ts'
import type { LakeAddress } from './file-reader.ts'
import type { RecordFile } from './messages.ts'
import { ThreadPool } from './thread-pool.ts'

export interface CountersOptions {
  readonly lake: LakeAddress
  /** Counting threads; 0 or absent: as many as cores. They start with `start`, or with the first work. */
  readonly threads?: number
  readonly logger?: Logger
  /** An hour of fewer bytes is not spread over threads. */
  readonly spreadBytes?: number
}

/** One hour, board and edition: what to count, and what it will be called. */
export interface CountRequest {
  readonly name: TallyName
  /** All record files of the hour, as listed. */
  readonly files: readonly RecordFile[]
  /** Copies of a record can lie in several of its partitions: it is counted by one thread, ids over all of them. */
  readonly acrossPartitions?: boolean | undefined
}

export interface CountedHour {
  readonly name: TallyName
  readonly facts: TallyFileFacts
  /** The full tally file, for LakeTallies.write. */
  readonly file: Uint8Array
  /** The greatest terms, as a view keeps them. */
  readonly columns: TallyColumns
  /** Bytes of record files that were read. */
  readonly bytes: number
}

export type CountOutcome =
  | { readonly request: CountRequest; readonly counted: CountedHour }
  | { readonly request: CountRequest; readonly error: AppError }

export interface CountedPartition {
  /** For `mergeParts`; written to the lake in between when another process merges. */
  readonly file: Uint8Array
  readonly records: number
  readonly copies: number
  readonly bytes: number
}

export interface CountOptions {
  readonly signal?: AbortSignal | undefined
  /** Since the last call: compressed bytes and records counted. */
  readonly onProgress?: ((bytes: number, records: number) => void) | undefined
}

export interface Counters extends AsyncDisposable {
  readonly threads: number
  /** Starts the threads, so that the first work does not wait for them; resolves when they are ready. */
  start(): Promise<void>
  /** @throws AppError `corrupt` (with path, block, byte), `unavailable`, `not-found`, `cancelled` */
  countHour(request: CountRequest, options?: CountOptions): Promise<CountedHour>
  /**
   * Counts many hours, the largest first; yields each when it is done. An hour that fails is an outcome, the others go on.
   * Stops reading ahead when the consumer does not take what is done. @throws AppError `cancelled`
   */
  countHours(requests: readonly CountRequest[], options?: CountOptions): AsyncGenerator<CountOutcome, void, undefined>
  /** Counts a part of an hour that is shared among processes: all files of one or several partitions. */
  countPartitions(request: CountRequest, options?: CountOptions): Promise<CountedPartition>
  /** The whole hour out of its parts' files. `path`s are for messages. */
  mergeParts(
    name: TallyName,
    parts: readonly { readonly path: string; readonly file: Uint8Array }[],
    options?: CountOptions,
  ): Promise<CountedHour>
}

/** Below this, spreading an hour costs more (merging, transfer) than it saves. */
const SPREAD_BYTES = 8 * 1024 * 1024
/** JavaScript heap of a thread: generous, as what is counted lies outside of it, in typed arrays. */
const THREAD_HEAP_MB = 512
/** Hours under way for each thread in `countHours`: one counted, one read ahead, one being written by the consumer. */
const HOURS_PER_THREAD = 3

export function createCounters(options: CountersOptions): Counters {
  const { lake, logger = silentLogger, spreadBytes = SPREAD_BYTES } = options
  const threads = options.threads || availableParallelism()
  const main = new URL('./counter-thread.ts', import.meta.url)
  const pool = new ThreadPool({ size: threads, heapMbMax: THREAD_HEAP_MB, settings: { lake }, logger, main })

  const countAlone = async (request: CountRequest, { signal, onProgress }: CountOptions): Promise<CountedHour> => {
    const { name, acrossPartitions } = request
    const files = byPartition(request.files)
    const { stream, extractor } = name
    const job = {
      kind: 'count',
      stream,
      extractor,
      termLengthMax: termLengthMaxOf(name.board),
      files,
      name,
      acrossPartitions,
    } as const
    return tallyOf(await pool.run(job, { signal, onProgress }), request.files)
  }

  const countPart = async (
    { stream, board, extractor }: TallyName,
    share: readonly RecordFile[],
    { signal, onProgress }: CountOptions,
  ): Promise<PartialTally> => {
    const files = byPartition(share)
    const job = {
      kind: 'count',
      stream,
      extractor,
      termLengthMax: termLengthMaxOf(board),
      files,
      name: undefined,
    } as const
    const result = await pool.run(job, { signal, onProgress })
    assert(result.kind === 'partial', 'a part of an hour gives a partial tally')
    return result.partial
  }

  const merge = async (
    name: TallyName,
    partials: readonly PartialTally[],
    files: readonly RecordFile[],
    { signal }: CountOptions,
  ): Promise<CountedHour> => {
    const transfer = partials.flatMap(transferListOf)
    return tallyOf(await pool.run({ kind: 'merge', name, partials }, { signal, transfer }), files)
  }

  const countHour = async (request: CountRequest, options: CountOptions = {}): Promise<CountedHour> => {
    const isAlone = request.acrossPartitions || bytesOf(request.files) < spreadBytes
    const shares = isAlone ? [] : sharesOf(request.files, pool.idle)
    if (shares.length < 2) return countAlone(request, options)
    const { name, files } = request
    // One share that fails stops the others: their work is of no use.
    const failure = new AbortController()
    const signal = options.signal ? AbortSignal.any([options.signal, failure.signal]) : failure.signal
    const counting = shares.map(async (share) => {
      try {
        return await countPart(name, share, { ...options, signal })
      } catch (error) {
        failure.abort(error)
        throw error
      }
    })
    const settled = await Promise.allSettled(counting)
    const failed = settled.filter((one) => one.status === 'rejected').map((one) => one.reason as unknown)
    if (failed.length > 0) throw failed.find((error) => !isAppError(error, 'cancelled')) ?? failed[0]
    return merge(name, await Promise.all(counting), files, options)
  }

  async function* countHours(
    requests: readonly CountRequest[],
    options: CountOptions = {},
  ): AsyncGenerator<CountOutcome, void, undefined> {
    const stop = new AbortController()
    const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal
    const count = async (request: CountRequest): Promise<CountOutcome> => {
      try {
        return { request, counted: await countAlone(request, { ...options, signal }) }
      } catch (error) {
        if (!isAppError(error) || isAppError(error, 'cancelled')) throw error
        return { request, error }
      }
    }
    // Largest first, so that no thread is left alone with a large hour at the end.
    const waiting = requests.toSorted((a, b) => bytesOf(b.files) - bytesOf(a.files))
    const running = new Map<CountRequest, Promise<CountOutcome>>()
    try {
      while (waiting.length > 0 || running.size > 0) {
        while (waiting.length > 0 && running.size < threads * HOURS_PER_THREAD) {
          const request = waiting.shift()!
          const counting = count(request)
          counting.catch(() => {}) // thrown by the race below; when the consumer left, by nobody
          running.set(request, counting)
        }
        const outcome = await Promise.race(running.values())
        running.delete(outcome.request)
        yield outcome
      }
    } finally {
      stop.abort(new Error('the hours are no longer asked for'))
    }
  }

  const countPartitions = async (request: CountRequest, options: CountOptions = {}): Promise<CountedPartition> => {
    const { name, files } = request
    const partial = await countPart(name, files, options)
    const { records, copies } = partial
    return { file: encodePartial(partial), records, copies, bytes: bytesOf(files) }
  }

  return {
    threads,
    start: () => pool.start(),
    countHour,
    countHours,
    countPartitions,
    mergeParts: (name, parts, options = {}) => {
      const partials = parts.map(({ path, file }) => decodePartial(file, path))
      return merge(name, partials, [], options)
    },
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  }
}

function tallyOf(result: Awaited<ReturnType<ThreadPool['run']>>, files: readonly RecordFile[]): CountedHour {
  assert(result.kind === 'tally', 'an hour gives a full tally')
  const { facts, file, columns } = result
  const { records: _records, copies: _copies, total: _total, distinct: _distinct, longTerms: _long, ...name } = facts
  return { name, facts, file, columns, bytes: bytesOf(files) }
}

/** Files of one partition one behind the other: what is found twice in them is a copy. */
function byPartition(files: readonly RecordFile[]): readonly RecordFile[] {
  return files.toSorted((a, b) => a.partition - b.partition || (a.path < b.path ? -1 : 1))
}

/** Partitions dealt out to `count` shares, the largest first, each to the share that has least. */
function sharesOf(files: readonly RecordFile[], count: number): readonly (readonly RecordFile[])[] {
  const partitions = [...Map.groupBy(files, (file) => file.partition).values()]
  const shares = Array.from({ length: Math.min(count, partitions.length) }, () => ({
    bytes: 0,
    files: [] as RecordFile[],
  }))
  for (const partition of partitions.toSorted((a, b) => bytesOf(b) - bytesOf(a))) {
    const least = shares.reduce((a, b) => (b.bytes < a.bytes ? b : a))
    least.files.push(...partition)
    least.bytes += bytesOf(partition)
  }
  return shares.map((share) => share.files)
}

function bytesOf(files: readonly RecordFile[]): number {
  return files.reduce((sum, file) => sum + file.bytes, 0)
}
