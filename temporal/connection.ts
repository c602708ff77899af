/**
 * Connections to Temporal: clients (CLI, schedules) and workers. Both wait for a server that is down, as everything starts in
 * any order; the SDK's own `connect` fails at once.
 */

import { setTimeout as delay } from 'node:timers/promises'
import { Client, Connection, isGrpcServiceError } from '@temporalio/client'
import { NativeConnection } from '@temporalio/worker'
import type { Config } from '../app/config.ts'
import { AppError, messageOf } from '../model/errors.ts'
import type { Logger } from '../model/log.ts'

export type TemporalSettings = Config['temporal']

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
    Connection.connect({ ...transport(settings), connectTimeout: '5s' }),
  )
  return {
    client: new Client({ connection, namespace: settings.namespace }),
    connection,
    [Symbol.asyncDispose]: () => connection.close(),
  }
}

/** @throws AppError `unavailable` with the address and what to do, when patience is over */
export function connectWorker(settings: TemporalSettings, options: ConnectOptions): Promise<NativeConnection> {
  return patiently(settings, options, () => NativeConnection.connect(transport(settings)))
}

function transport({ address, apiKey }: TemporalSettings) {
  return apiKey ? { address, apiKey, tls: true as const } : { address }
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
      return await connect()
    } catch (error) {
      if (waitedMs >= options.patienceMs) throw temporalError(settings, 'connecting', error)
      if (waitedMs === 0) options.logger?.warn({ address, reason: messageOf(error) }, 'waiting for Temporal')
    }
    await delay(pauseMs, undefined, options.signal ? { signal: options.signal } : {})
    waitedMs += pauseMs
  }
}

/** What a person reads when a call to Temporal failed: which server, and what to do next. */
export function temporalError(settings: TemporalSettings, doing: string, error: unknown): AppError {
  const { address, namespace } = settings
  const detail = isGrpcServiceError(error) ? error.details : messageOf(error)
  return new AppError(
    'unavailable',
    `Temporal at ${address} (namespace ${namespace}) does not answer while ${doing}: ${detail}. Is it running? 'tendance stack up' starts it; temporal.address says where it is`,
    { cause: error, facts: { address, namespace } },
  )
}
