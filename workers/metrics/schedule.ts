/** Metrics of the hourly schedule as Temporal has it: whether it is there and not paused, and when it last began a run. */
import { Client } from '@temporalio/client'
import type { NativeConnection } from '@temporalio/worker'
import { type Metrics, readGauge, refreshBeforeScrape } from '../../app/metrics.ts'
import { describeSchedule, type ScheduleState } from '../../temporal/schedule.ts'

const STATES = ['running', 'paused', 'missing'] as const
const ASK_EVERY_MS = 30_000

export interface MeteredSchedule {
  readonly connection: NativeConnection
  readonly namespace: string
  readonly taskQueue: string
}

/** Every batch worker tells the same: take the greatest. */
export function meterSchedule(metrics: Metrics, { connection, namespace, taskQueue }: MeteredSchedule): void {
  const client = new Client({ connection, namespace })
  /** null: there is none; undefined: not asked yet. */
  let known: ScheduleState | null | undefined
  refreshBeforeScrape(
    metrics,
    'schedule',
    async () => {
      known = await describeSchedule(client, taskQueue)
    },
    { everyMs: ASK_EVERY_MS },
  )
  readGauge(
    metrics,
    { name: 'tendance_schedule_state', help: '1 for the state that the hourly schedule is in', labels: ['state'] },
    () => {
      if (known === undefined) return []
      const now = known === null ? 'missing' : known.paused ? 'paused' : 'running'
      return STATES.map((state) => [{ state }, state === now ? 1 : 0] as const)
    },
  )
  readGauge(
    metrics,
    { name: 'tendance_schedule_last_run_timestamp_seconds', help: 'When the hourly schedule last began a run' },
    () => (known?.lastRun ? [[{}, known.lastRun.at.getTime() / 1_000]] : []),
  )
}
