/**
 * What passes between the counting pool and its threads: paths and numbers one way, tallies as transferred buffers the other.
 */
import type { PartialTally } from '../../model/count/partial-tally.ts'
import { AppError, type ErrorCode, messageOf } from '../../model/errors.ts'
import type { StreamName } from '../../model/streams/stream.ts'
import type { TallyColumns } from '../../model/tally.ts'
import type { TallyFileFacts, TallyName } from '../tallies/format.ts'

export interface RecordFile {
  readonly path: string
  readonly partition: number
  /** As listed; a file of another length is an error. */
  readonly bytes: number
}

/** What a thread does: counting files, or merging what several threads have counted. */
export type Job =
  | {
      readonly kind: 'count'
      readonly stream: StreamName
      readonly extractor: string
      /** Of the board, in code points. */
      readonly termLengthMax: number
      /** Files of one partition stand together: copies are looked for within a partition … */
      readonly files: readonly RecordFile[]
      /** Named: the result is its full tally. undefined: the partial tally, to be merged. */
      readonly name: TallyName | undefined
      /** … or among all files, when copies of a record can lie in several partitions (model/generations.ts). */
      readonly acrossPartitions?: boolean | undefined
    }
  | { readonly kind: 'merge'; readonly partials: readonly PartialTally[]; readonly name: TallyName }

export type JobResult =
  | { readonly kind: 'partial'; readonly partial: PartialTally }
  | {
      readonly kind: 'tally'
      readonly facts: TallyFileFacts
      /** The full tally file. */
      readonly file: Uint8Array<ArrayBuffer>
      /** Its greatest terms. */
      readonly columns: TallyColumns
    }

export type ToThread =
  | { readonly type: 'job'; readonly id: number; readonly job: Job }
  | { readonly type: 'cancel'; readonly id: number }

export type FromThread =
  /** Once, when it has loaded what it needs: a quarter of a second of CPU. */
  | { readonly type: 'ready' }
  /** Since the last message of this kind. */
  | { readonly type: 'progress'; readonly id: number; readonly bytes: number; readonly records: number }
  | { readonly type: 'done'; readonly id: number; readonly result: JobResult }
  | { readonly type: 'failed'; readonly id: number; readonly error: SentError }
  | { readonly type: 'warning'; readonly message: string; readonly facts: Readonly<Record<string, string | number>> }

/** An error as data: the class does not survive the way between threads. */
export interface SentError {
  readonly code: ErrorCode
  readonly message: string
  readonly retry: 'never' | 'later'
  readonly facts: Readonly<Record<string, unknown>>
}

export function sendError(error: unknown): SentError {
  if (!(error instanceof AppError)) {
    return { code: 'internal', message: `counting failed: ${messageOf(error)}`, retry: 'never', facts: {} }
  }
  // Facts are for people; what cannot be cloned is left out rather than failing the message.
  const facts = Object.fromEntries(
    Object.entries(error.facts).filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value)),
  )
  return { code: error.code, message: error.message, retry: error.retry, facts }
}

export function receiveError(sent: SentError): AppError {
  return new AppError(sent.code, sent.message, { retry: sent.retry, facts: sent.facts })
}
