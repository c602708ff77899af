/** How the workers of this machine are: their processes, and what each says of itself on its endpoint. */
import { z } from 'zod'
import { type WorkerName, type WorkersOptions, workerStatus } from '../stack/workers.ts'
import { type Cli, print, styleFor } from './cli.ts'
import { printTable } from './table.ts'

/** up: it runs, and tells nothing, as `metrics.port` is not set, or it is only starting. */
export type WorkerState = 'down' | 'up' | 'not ready' | 'ready'

export interface WorkerReport {
  readonly worker: WorkerName
  readonly state: WorkerState
  readonly pid: number | null
  /** `http://127.0.0.1:41234`: /metrics, /healthz, /readyz. */
  readonly endpoint: string | null
  /** What it has, or what it lacks. */
  readonly says: string
  readonly log: string
}

const PATIENCE_MS = 7_000

const readiness = z.object({
  ready: z.boolean(),
  conditions: z.array(z.object({ name: z.string(), ok: z.boolean(), says: z.string() })),
})

export function readWorkers(options: Pick<WorkersOptions, 'dataDir'>): Promise<readonly WorkerReport[]> {
  return Promise.all(
    workerStatus(options).map(async ({ name, pid, endpoint, logFile }) => {
      const facts = { worker: name, pid: pid ?? null, endpoint: endpoint ?? null, log: logFile }
      if (pid === undefined) return { ...facts, state: 'down' as const, says: "'tendance workers up' starts it" }
      if (endpoint === undefined) return { ...facts, state: 'up' as const, says: 'it tells nothing of itself yet' }
      return { ...facts, ...(await ask(endpoint)) }
    }),
  )
}

async function ask(endpoint: string): Promise<Pick<WorkerReport, 'state' | 'says'>> {
  try {
    const response = await fetch(`${endpoint}/readyz`, { signal: AbortSignal.timeout(PATIENCE_MS) })
    const { ready, conditions } = readiness.parse(await response.json())
    const told = conditions.filter(({ ok }) => ok === ready).map(({ name, says }) => `${name}: ${says}`)
    return { state: ready ? 'ready' : 'not ready', says: told.join('; ') }
  } catch (error) {
    return { state: 'not ready', says: `${endpoint}/readyz does not answer: ${(error as Error).message}` }
  }
}

export function showWorkers(cli: Cli, reports: readonly WorkerReport[], json = false): void {
  if (json) {
    for (const report of reports) print(cli, JSON.stringify(report))
    return
  }
  const style = styleFor(cli.stdout)
  const colours = { ready: 'green', up: 'green', 'not ready': 'red', down: 'red' } as const
  printTable(
    cli,
    ['worker', 'state', 'pid', 'endpoint', 'says', 'log'],
    reports.map(({ worker, state, pid, endpoint, says, log }) => [
      worker,
      style(colours[state], state),
      String(pid ?? '-'),
      endpoint ?? '-',
      says,
      log,
    ]),
  )
}
