/** Temporal, for as long as a command needs it. */
import { connectClient, type TemporalClient } from '../temporal/connection.ts'
import type { Cli } from './cli.ts'

/** How long a command waits for a server that is just starting. */
const PATIENCE_MS = 10_000

/** @throws AppError `unavailable` when it does not answer in time */
export function connectTemporal(cli: Cli): Promise<TemporalClient> {
  return connectClient(cli.load().config.temporal, { patienceMs: PATIENCE_MS, signal: cli.signal })
}
