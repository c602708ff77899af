/**
 * Connections to Temporal: clients (CLI, schedules) and workers. Both wait for a server that is down, as everything starts in
 * any order; the SDK's own `connect` fails at once.
 */

import { setTimeout as delay } from 'node:timers/promises'
import { Client, Connection, isGrpcServiceError } from '@temporalio/client'
import { NativeConnection } from '@temporalio/worker'
import { AppError, isAppError, messageOf } from '../model/errors.ts'
import type { Logger } from '../model/log.ts'
import { type Diagnosis, diagnose } from './diagnose.ts'
import { type TemporalSettings, transportOf } from './transport.ts'

export type { TemporalSettings }

export interface ConnectOptions {
  /** How long to wait for the server; 0: one try. */
  readonly patienceMs: number
  readonly logger?: Logger
  readonly signal?: AbortSignal
}

const PAUSE_FIRST_MS = 100
const PAUSE_MAX_MS = 2_000

export interface TemporalClient extends AsyncDisposable {
  readonly client: Client
  readonly connection: Connection
}

/** @throws AppError `unavailable` with the address and what to do, when patience is over */
export async function connectClient(settings: TemporalSettings, options: ConnectOptions): Promise<TemporalClient> {
  const connection = await patiently(settings, options, () =>
    Connection.connect({ ...transportOf(settings), connectTimeout: '5s' }),
  )
  return {
    client: new Client({ connection, namespace: settings.namespace }),
    connection,
    [Symbol.asyncDispose]: () => connection.close(),
  }
}

/** @throws AppError `unavailable` with the address and what to do, when patience is over */
export function connectWorker(settings: TemporalSettings, options: ConnectOptions): Promise<NativeConnection> {
  return patiently(settings, options, () => NativeConnection.connect(transportOf(settings)))
}

async function patiently<T>(
  settings: TemporalSettings,
  options: ConnectOptions,
  connect: () => Promise<T>,
): Promise<T> {
  const { address } = settings
  let waitedMs = 0
  for (let pauseMs = PAUSE_FIRST_MS; ; pauseMs = Math.min(PAUSE_MAX_MS, pauseMs * 2)) {
    options.signal?.throwIfAborted()
    try {
      return await unlessWrong(settings, connect)
    } catch (error) {
      if (isAppError(error)) throw error
      const diagnosis = refusalIn(error) ?? (await diagnose(transportOf(settings)))
      if (diagnosis?.is === 'wrong' || waitedMs >= options.patienceMs) {
        throw temporalError(settings, 'connecting', error, diagnosis)
      }
      const reason = diagnosis?.what ?? messageOf(error)
      if (waitedMs === 0) options.logger?.warn({ address, reason }, 'waiting for Temporal')
    }
    await delay(pauseMs, undefined, options.signal ? { signal: options.signal } : {})
    waitedMs += pauseMs
  }
}

/** A try of the SDK takes 5 s to fail. What somebody has to set right is known long before. */
const DIAGNOSE_AFTER_MS = 500

async function unlessWrong<T>(settings: TemporalSettings, connect: () => Promise<T>): Promise<T> {
  const wrong = new AbortController()
  const connecting = connect().finally(() => wrong.abort())
  const looking = delay(DIAGNOSE_AFTER_MS, undefined, { signal: wrong.signal }).then(
    async () => {
      const diagnosis = await diagnose(transportOf(settings))
      if (diagnosis?.is !== 'wrong') return await connecting
      connecting.catch(() => {})
      throw temporalError(settings, 'connecting', new Error(diagnosis.what), diagnosis)
    },
    () => connecting,
  )
  return await Promise.race([connecting, looking])
}

/** What gRPC itself was told. */
function refusalIn(error: unknown): Diagnosis | null {
  const said = saidBy(error)
  if (/UNAUTHENTICATED|Unauthenticated/.test(said) || codeOf(error) === status.UNAUTHENTICATED) {
    return {
      what: `the server refuses our credentials (${said}): temporal.apiKey is wrong or missing`,
      is: 'wrong',
    }
  }
  if (/PERMISSION_DENIED|PermissionDenied/.test(said) || codeOf(error) === status.PERMISSION_DENIED) {
    const what = `the server does not let us (${said}): the certificate or API key lacks the right`
    return { what, is: 'wrong' }
  }
  if (/namespace .*not found/i.test(said)) {
    const what = `${said}: 'temporal operator namespace create' makes it, temporal.namespace names another`
    return { what, is: 'wrong' }
  }
  if (codeOf(error) === status.UNIMPLEMENTED || /HTTP status code|UNIMPLEMENTED|Unimplemented/.test(said)) {
    return { what: `another service answers there, not Temporal's frontend (${said})`, is: 'wrong' }
  }
  if (/UnsupportedCertVersion/.test(said)) {
    const what = `temporal.certFile or the server's certificate is X.509 version 1 (${said}): sign it anew with extensions, such as subjectAltName`
    return { what, is: 'wrong' }
  }
  return null
}

/** gRPC's status codes. */
const status = { PERMISSION_DENIED: 7, UNIMPLEMENTED: 12, UNAUTHENTICATED: 16 } as const

function grpcOf(error: unknown) {
  for (let at: unknown = error; at instanceof Error; at = at.cause) if (isGrpcServiceError(at)) return at
  return undefined
}

const codeOf = (error: unknown): number | undefined => grpcOf(error)?.code
const saidBy = (error: unknown): string => grpcOf(error)?.details ?? messageOf(error)

/** What a person reads when a call to Temporal failed: which server, and what to do next. */
export function temporalError(
  settings: TemporalSettings,
  doing: string,
  error: unknown,
  diagnosis: Diagnosis | null = refusalIn(error),
): AppError {
  const { address, namespace } = settings
  const facts = { address, namespace }
  const where = `Temporal at ${address} (namespace ${namespace})`
  if (diagnosis?.is === 'wrong') {
    return new AppError('denied', `${where} while ${doing}: ${diagnosis.what}`, { cause: error, facts })
  }
  const detail = diagnosis?.what ?? saidBy(error)
  if (diagnosis?.is === 'unclear') {
    return new AppError('unavailable', `${where} while ${doing}: ${detail}`, { cause: error, facts })
  }
  return new AppError(
    'unavailable',
    `${where} does not answer while ${doing}: ${detail}. Is it running? 'tendance stack up' starts it; temporal.address says where it is`,
    { cause: error, facts },
  )
}
