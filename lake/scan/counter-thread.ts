/** The main of a counting thread: takes jobs in order, answers each. Started by the pool (counters.ts) only. */
import { parentPort, workerData } from 'node:worker_threads'
import { transferListOf } from '../../model/count/partial-tally.ts'
import { AppError } from '../../model/errors.ts'
import type { Logger } from '../../model/log.ts'
import { Counting } from './counting.ts'
import type { LakeAddress } from './file-reader.ts'
import { type FromThread, type Job, type JobResult, type RecordFile, sendError, type ToThread } from './messages.ts'
import { openFileReader } from './open-file-reader.ts'
import { ReadAhead } from './read-ahead.ts'

export interface ThreadSettings {
  readonly lake: LakeAddress
}

interface Queued {
  readonly id: number
  readonly job: Job
  readonly cancel: AbortController
}

const PROGRESS_MS = 200

if (parentPort) serve(parentPort, workerData as ThreadSettings)

function serve(port: NonNullable<typeof parentPort>, { lake }: ThreadSettings): void {
  const send = (message: FromThread, transfer: ArrayBuffer[] = []) => {
    port.postMessage(message, transfer)
  }
  const queue: Queued[] = []
  const counting = new Counting(new ReadAhead(openFileReader(lake, warningsTo(send))))
  let working = false

  /** Not each megabyte: a message costs as much as counting a hundred records. */
  const progressOf = (id: number) => {
    let bytes = 0
    let records = 0
    let sentAt = performance.now()
    const flush = () => {
      if (records > 0) send({ type: 'progress', id, bytes, records })
      bytes = 0
      records = 0
      sentAt = performance.now()
    }
    const add = (moreBytes: number, moreRecords: number) => {
      bytes += moreBytes
      records += moreRecords
      if (performance.now() - sentAt >= PROGRESS_MS) flush()
    }
    return { add, flush }
  }

  const work = async () => {
    working = true
    for (let next = queue[0]; next; next = queue[0]) {
      const { id, job, cancel } = next
      try {
        cancel.signal.throwIfAborted()
        const progress = progressOf(id)
        const result = await counting.run(job, {
          signal: cancel.signal,
          fileAfter: () => firstFileOf(queue[1]?.job),
          onProgress: progress.add,
        })
        progress.flush()
        send({ type: 'done', id, result }, transferOf(result))
      } catch (error) {
        const cancelled = cancel.signal.aborted
        send({
          type: 'failed',
          id,
          error: sendError(cancelled ? new AppError('cancelled', 'counting was cancelled') : error),
        })
      }
      queue.shift()
    }
    working = false
  }

  send({ type: 'ready' })
  port.on('message', (message: ToThread) => {
    switch (message.type) {
      case 'job':
        queue.push({ id: message.id, job: message.job, cancel: new AbortController() })
        if (!working) void work()
        return
      case 'cancel':
        queue.find(({ id }) => id === message.id)?.cancel.abort()
        return
      default:
        message satisfies never
    }
  })
}

function firstFileOf(job: Job | undefined): RecordFile | undefined {
  return job?.kind === 'count' ? job.files[0] : undefined
}

function transferOf(result: JobResult): ArrayBuffer[] {
  return result.kind === 'partial' ? transferListOf(result.partial) : [result.file.buffer]
}

/** What the reader has to say while it goes by another way; the rest of a logger has no use here. */
function warningsTo(send: (message: FromThread) => void): Logger {
  const warn = (facts: object, message: string) => {
    const plain = Object.entries(facts).filter(([, value]) => typeof value === 'string' || typeof value === 'number')
    send({ type: 'warning', message, facts: Object.fromEntries(plain) as Record<string, string | number> })
  }
  return { debug() {}, info() {}, warn, error: warn }
}
