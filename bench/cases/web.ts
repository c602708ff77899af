/** How many readers the HTTP API serves, and how long each waits. */
import { join } from 'node:path'
import type { BenchCase, Contender } from './bench-case.ts'
import { type Filled, filled } from './top.ts'

const STORED_HOURS = 1_000
const SECONDS = 5
const CONNECTIONS = 16
const PROGRAM = join(import.meta.dirname, '..', 'contenders', 'web.ts')

export const web: BenchCase = {
  name: 'web',
  about:
    'the HTTP API with 1,000 hours of 1,000 terms stored, 16 connections that ask again at once; seconds are the 99th percentile; client and server share the machine',
  target: 'p99 of an hour below 50 ms; a week that is known as fast as an hour',
  figures: ['requestsPerSecond', 'p50Ms', 'p99Ms'],
  async prepare(context) {
    const views = await filled({ ...context, options: { ...context.options, storedHours: STORED_HOURS } })
    const hour = contender('GET /top of an hour, any', 'hour', views, CONNECTIONS)
    const week = contender('GET /top of a week, as others ask it', 'week', views, CONNECTIONS)
    const afresh = contender('GET /top of a week, 40 of them in turn', 'week-afresh', views, 2)
    const alive = contender('GET /healthz: HTTP alone', 'alive', views, CONNECTIONS)
    return {
      contenders: [hour, week, afresh, ...(context.options.baselines ? [alive] : [])],
      facts: { ...views.shape, connections: CONNECTIONS },
      ratios: context.options.baselines ? [{ of: alive.name, to: hour.name }] : [],
    }
  },
}

function contender(name: string, what: string, { environment, shape }: Filled, connections: number): Contender {
  const args = ['--disable-warning=ExperimentalWarning', PROGRAM, what, shape.hours, SECONDS, connections].map(String)
  return {
    name: `${name} (${connections} connections)`,
    command: () => ({ file: process.execPath, args, environment }),
    seconds: ({ info }) => Number(info['seconds']),
  }
}
