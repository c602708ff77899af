/**
 * A fixed number of counting threads, each with a short queue: the job under way, and one more whose first file is read ahead.
 *
 * A thread that ends by itself (out of memory, a fault of ours) fails its jobs with a clear error and is replaced; the jobs are not
 * tried again here, since what killed one thread would kill the next.
 */
import { setFlagsFromString } from 'node:v8'
import { Worker } from 'node:worker_threads'
import { AppError, messageOf } from '../../model/errors.ts'
import type { Logger } from '../../model/log.ts'
import type { ThreadSettings } from './counter-thread.ts'
import { type FromThread, type Job, type JobResult, receiveError, type ToThread } from './messages.ts'

/** The job under way and the one behind it. */
const JOBS_PER_THREAD = 2
/**
 * Up to so much no garbage is collected in a thread but the youngest. What it has is typed arrays that grow to what the data needs and
 * stay: V8 takes each growth for a reason to mark everything, twenty times in a rebuild and 7 % of its time.
 */
const CALM_MB = 128

export interface JobOptions {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((bytes: number, records: number) => void) | undefined
  readonly transfer?: ArrayBuffer[]
}

interface Task {
  readonly id: number
  readonly job: Job
  readonly options: JobOptions
  /** Bytes to read: how long it will take, among jobs. */
  readonly weight: number
  readonly resolve: (result: JobResult) => void
  readonly reject: (error: unknown) => void
  readonly abort: () => void
}

interface Thread {
  readonly worker: Worker
  /** Resolves when it has loaded its program, or has ended. */
  readonly ready: PromiseWithResolvers<void>
  readonly tasks: Map<number, Task>
}

export interface ThreadPoolOptions {
  readonly size: number
  /** Of each thread; beyond it the thread ends, and not the process. */
  readonly heapMbMax: number
  readonly settings: ThreadSettings
  readonly logger: Logger
  /** The threads' main. */
  readonly main: URL
}

export class ThreadPool implements AsyncDisposable {
  readonly size: number
  readonly #options: ThreadPoolOptions
  readonly #threads = new Set<Thread>()
  readonly #waiting: Task[] = []
  #lastId = 0
  #closed = false

  constructor(options: ThreadPoolOptions) {
    this.size = options.size
    this.#options = options
  }

  /** Starts all threads now, and resolves when they are ready; else each is started when there is work for it. */
  async start(): Promise<void> {
    while (!this.#closed && this.#threads.size < this.size) this.#open()
    await Promise.all([...this.#threads].map(({ ready }) => ready.promise))
    for (const { worker, tasks } of this.#threads) if (tasks.size === 0) worker.unref()
  }

  /** How many more jobs would begin at once. */
  get idle(): number {
    if (this.#waiting.length > 0) return 0
    return this.size - [...this.#threads].filter((thread) => thread.tasks.size > 0).length
  }

  /** Runs the job on the thread with the least to do. @throws what the job threw, as AppError */
  run(job: Job, options: JobOptions = {}): Promise<JobResult> {
    const { promise, resolve, reject } = Promise.withResolvers<JobResult>()
    const id = ++this.#lastId
    const abort = () => {
      this.#abort(id)
    }
    const task = { id, job, options, weight: weightOf(job), resolve, reject, abort }
    if (options.signal?.aborted) reject(cancelled(options.signal))
    else if (this.#closed) reject(new AppError('cancelled', 'the counting threads have been stopped'))
    else {
      options.signal?.addEventListener('abort', abort, { once: true })
      this.#waiting.push(task)
      this.#dispatch()
    }
    return promise
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    const stopped = new AppError('cancelled', 'the counting threads have been stopped')
    for (const task of this.#waiting.splice(0)) this.#settle(task, () => task.reject(stopped))
    await Promise.all(
      [...this.#threads].map(async (thread) => {
        for (const task of thread.tasks.values()) this.#settle(task, () => task.reject(stopped))
        thread.tasks.clear()
        await thread.worker.terminate()
      }),
    )
  }

  #dispatch(): void {
    while (this.#waiting.length > 0) {
      const thread = this.#leastBusy()
      if (thread.tasks.size >= JOBS_PER_THREAD) return
      const task = this.#waiting.shift()!
      thread.tasks.set(task.id, task)
      thread.worker.ref()
      const message: ToThread = { type: 'job', id: task.id, job: task.job }
      thread.worker.postMessage(message, task.options.transfer ?? [])
    }
  }

  #leastBusy(): Thread {
    const load = (thread: Thread) => [...thread.tasks.values()].reduce((sum, task) => sum + task.weight, 0)
    const [least] = [...this.#threads].toSorted((a, b) => load(a) - load(b) || a.tasks.size - b.tasks.size)
    if (least?.tasks.size === 0 || this.#threads.size >= this.size) return least!
    return this.#open()
  }

  #open(): Thread {
    const { settings, heapMbMax, main } = this.#options
    // Read when the thread's isolate is made; what runs already is not touched.
    setFlagsFromString(`--initial-old-space-size=${CALM_MB}`)
    const worker = new Worker(main, {
      workerData: settings,
      resourceLimits: { maxOldGenerationSizeMb: heapMbMax },
    })
    const thread: Thread = { worker, ready: Promise.withResolvers(), tasks: new Map() }
    this.#threads.add(thread)
    worker.on('message', (message: FromThread) => {
      this.#receive(thread, message)
    })
    let fault: unknown
    worker.on('error', (error) => {
      fault = error
    })
    worker.on('exit', (code) => {
      this.#lost(thread, fault === undefined ? `exit code ${code}` : messageOf(fault), fault)
    })
    return thread
  }

  #receive(thread: Thread, message: FromThread): void {
    if (message.type === 'warning') {
      this.#options.logger.warn(message.facts, message.message)
      return
    }
    if (message.type === 'ready') {
      thread.ready.resolve()
      return
    }
    const task = thread.tasks.get(message.id)
    if (!task) return
    if (message.type === 'progress') {
      task.options.onProgress?.(message.bytes, message.records)
      return
    }
    thread.tasks.delete(message.id)
    // An idle pool does not keep its process alive.
    if (thread.tasks.size === 0) thread.worker.unref()
    this.#settle(task, () => {
      if (message.type === 'done') task.resolve(message.result)
      else task.reject(task.options.signal?.aborted ? cancelled(task.options.signal) : receiveError(message.error))
    })
    this.#dispatch()
  }

  #lost(thread: Thread, why: string, cause: unknown): void {
    this.#threads.delete(thread)
    thread.ready.resolve()
    if (this.#closed) return
    for (const task of thread.tasks.values()) {
      const error = new AppError('internal', `a counting thread ended (${why}) while it did ${nameOf(task.job)}`, {
        cause,
        retry: 'later',
        facts: { job: nameOf(task.job) },
      })
      this.#settle(task, () => task.reject(error))
    }
    this.#options.logger.error({ why, jobs: thread.tasks.size }, 'a counting thread ended and is replaced')
    this.#dispatch()
  }

  #abort(id: number): void {
    const waiting = this.#waiting.findIndex((task) => task.id === id)
    const [task] = waiting < 0 ? [] : this.#waiting.splice(waiting, 1)
    if (task) this.#settle(task, () => task.reject(cancelled(task.options.signal)))
    for (const thread of this.#threads) {
      if (thread.tasks.has(id)) thread.worker.postMessage({ type: 'cancel', id } satisfies ToThread)
    }
  }

  #settle(task: Task, settle: () => void): void {
    task.options.signal?.removeEventListener('abort', task.abort)
    settle()
  }
}

function weightOf(job: Job): number {
  return job.kind === 'count'
    ? job.files.reduce((sum, file) => sum + file.bytes, 0)
    : job.partials.reduce((sum, partial) => sum + partial.keyBytes.length, 0)
}

function nameOf(job: Job): string {
  if (job.kind === 'merge') return `merging ${job.name.board} of ${job.name.hour}`
  return `counting ${job.files.length} files (${job.files[0]?.path ?? 'none'}…)`
}

function cancelled(signal: AbortSignal | undefined): AppError {
  return new AppError('cancelled', 'counting was cancelled', { cause: signal?.reason })
}
