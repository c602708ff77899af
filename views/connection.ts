/**
 * The connection to MongoDB: one client, errors as AppError with the address and the fix, and patience while the store is
 * restarting.
 *
 * Invariant: everything that views write may be written twice with the same result (absolute values, deterministic `_id`s,
 * guards), so `run` may repeat any of it after an answer was lost.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type Db,
  MongoBulkWriteError,
  MongoClient,
  MongoError,
  MongoNetworkError,
  MongoServerError,
  MongoServerSelectionError,
} from 'mongodb'
import { connectionFailure } from '../model/connection-failure.ts'
import { AppError, isAppError, messageOf } from '../model/errors.ts'
import { NO_WAIT_REPORTS, type WaitReports } from '../model/waiting.ts'

export interface ConnectionOptions {
  /** `mongodb://…`; its password never stands in a message. */
  readonly uri: string
  readonly database: string
  /** Shown in the store's own list of connections. */
  readonly appName: string
  /** How long a call goes on trying while the store does not answer: 0 for a person who waits, longer for workers. */
  readonly patienceMs?: number
  /** How long the store may say nothing to a call. */
  readonly socketSilentMs?: number
  readonly signal?: AbortSignal
  /** Takes every attempt, so that the process can say what it waits for. */
  readonly waits?: WaitReports
}

export interface Connection {
  readonly db: Db
  readonly address: string
  /** Runs one idempotent piece of work; `what` names it in the error. */
  run<T>(what: string, work: () => Promise<T>): Promise<T>
  close(): Promise<void>
}

const SERVER_SELECTION_MS = 2_000
const SOCKET_SILENT_MS = 60_000
const BACK_OFF_FIRST_MS = 100
const BACK_OFF_MAX_MS = 2_000

/** Server codes that say "not now": shutting down, stepping down, no primary, too few members to acknowledge. */
const NOT_NOW = new Set([6, 7, 64, 89, 91, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436])

/** @throws AppError `unavailable` when nothing answers there, `bad-config` when the address cannot be understood. */
export async function connect(options: ConnectionOptions): Promise<Connection> {
  const { uri, database, appName, patienceMs = 0, socketSilentMs = SOCKET_SILENT_MS, signal } = options
  const { waits = NO_WAIT_REPORTS } = options
  const address = uri.replace(/\/\/.*@/, '//').replace(/\?.*$/, '')
  let client: MongoClient
  try {
    client = new MongoClient(uri, {
      appName,
      serverSelectionTimeoutMS: SERVER_SELECTION_MS,
      connectTimeoutMS: SERVER_SELECTION_MS,
      socketTimeoutMS: socketSilentMs,
      writeConcern: { w: 'majority' },
      ignoreUndefined: true,
    })
  } catch (error) {
    throw new AppError('bad-config', `mongo.uri '${address}' cannot be understood: ${messageOf(error)}`, {
      cause: error,
    })
  }
  const connection: Connection = {
    db: client.db(database),
    address,
    run(what, work) {
      const attempt = () =>
        waits.attempt({ service: 'MongoDB', address, operation: what }, () => asOurs(what, address, uri, work))
      return runPatiently(what, attempt, patienceMs, signal)
    },
    close: () => client.close(),
  }
  try {
    await connection.run('connecting', () => client.connect())
    await connection.run('connecting', () => connection.db.command({ ping: 1 }))
  } catch (error) {
    await client.close()
    throw error
  }
  return connection
}

async function runPatiently<T>(
  what: string,
  work: () => Promise<T>,
  patienceMs: number,
  signal: AbortSignal | undefined,
): Promise<T> {
  const giveUpAt = performance.now() + patienceMs
  for (let backOffMs = BACK_OFF_FIRST_MS; ; backOffMs = Math.min(2 * backOffMs, BACK_OFF_MAX_MS)) {
    if (signal?.aborted) throw new AppError('cancelled', `views: ${what} was cancelled`, { cause: signal.reason })
    try {
      return await work()
    } catch (error) {
      // what the work itself says is final: it was not the store that failed
      if (!isAppError(error) || error.retry === 'never' || !isPassing(error.cause)) throw error
      if (performance.now() + backOffMs > giveUpAt) throw error
    }
    await sleep(backOffMs, undefined, signal ? { signal } : {}).catch(() => undefined)
  }
}

async function asOurs<T>(what: string, address: string, uri: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (failure) {
    throw isAppError(failure) ? failure : errorOf(what, address, uri, unwrapped(failure))
  }
}

/** The driver wraps what befell a bulk write as a whole, such as a lost connection, as if the server had said it. */
function unwrapped(error: unknown): unknown {
  return error instanceof MongoBulkWriteError && error.errorResponse instanceof Error ? error.errorResponse : error
}

function isPassing(error: unknown): boolean {
  return (
    error instanceof MongoNetworkError ||
    error instanceof MongoServerSelectionError ||
    (error instanceof MongoError && error.hasErrorLabel('RetryableWriteError')) ||
    (error instanceof MongoServerError && NOT_NOW.has(Number(error.code)))
  )
}

const SETTINGS = {
  address: 'MONGODB_URI',
  tls: 'tls=true in MONGODB_URI',
  ca: 'tlsCAFile in MONGODB_URI',
  clientCertificate: 'tlsCertificateKeyFile in MONGODB_URI',
} as const

function errorOf(what: string, address: string, uri: string, error: unknown): AppError {
  const facts = { what, address }
  if (isPassing(error)) {
    const tls = /[?&](tls|ssl)=true/.test(uri) || uri.startsWith('mongodb+srv:')
    const failure = connectionFailure(error, { service: 'MongoDB', address, tls, settings: SETTINGS })
    const text = failure?.text ?? `${messageOf(error)}: is it up, and is MONGODB_URI right?`
    return new AppError('unavailable', `views: ${what}: no answer from MongoDB at ${address}: ${text}`, {
      cause: error,
      facts,
    })
  }
  const denied = error instanceof MongoServerError && (error.code === 13 || error.code === 18)
  return new AppError(
    denied ? 'denied' : 'internal',
    denied
      ? `views: ${what}: MongoDB at ${address} refuses it (${messageOf(error)}). Check user and password in MONGODB_URI`
      : `views: ${what} failed on MongoDB at ${address}: ${messageOf(error)}`,
    { cause: error, facts },
  )
}
