/** How the programs of bench/contenders/ and the baselines are started. */
import { join } from 'node:path'
import { installSpark } from '../baselines/install.ts'
import type { Measured } from '../machine/measure.ts'
import type { BenchContext, Contender } from './bench-case.ts'
import type { FilledLake } from './lake-of-posts.ts'

const BENCH = join(import.meta.dirname, '..')
const NODE_FLAGS = ['--disable-warning=ExperimentalWarning']
const SPARK_CORES = 2

/** A program of ours, run by this very Node. */
function ours(name: string, args: readonly string[]) {
  return { file: process.execPath, args: [...NODE_FLAGS, join(BENCH, 'contenders', `${name}.ts`), ...args] }
}

/** Counting all hours and writing the full tallies, without Temporal and MongoDB. */
export function scanContender(context: BenchContext, lake: FilledLake): Contender {
  const out = join(context.folder, 'scan.tsv')
  // An edition of its own for each run, so that tallies are really written.
  const first = Math.floor(Date.now() / 1_000)
  return {
    name: 'tendance, scan only',
    command: (round) => ({ ...ours('scan', [out, String(first + round)]), environment: lake.environment }),
    check: () => lake.checkTop(out),
  }
}

/** The workflow, from asking for it to published; the worker's start is in the wall time, not in the seconds. */
export function rebuildContender(context: BenchContext, lake: FilledLake): Contender {
  const out = join(context.folder, 'rebuild.tsv')
  const fresh = freshNames()
  return {
    name: 'tendance, rebuild workflow',
    command: (round) => ({ ...ours('rebuild', [out]), environment: { ...lake.environment, ...fresh(round) } }),
    seconds: secondsOf,
    check: () => lake.checkTop(out),
  }
}

const RECOMPUTES = 5

/** The median of several recomputes of the last hour. */
export function recomputeContender(context: BenchContext, lake: FilledLake): Contender {
  const out = join(context.folder, 'recompute.tsv')
  const fresh = freshNames()
  return {
    name: 'tendance, recompute workflow',
    command: (round) => ({
      ...ours('recompute-hour', [out, String(RECOMPUTES)]),
      environment: { ...lake.environment, ...fresh(round) },
    }),
    seconds: secondsOf,
    check: () => lake.checkTop(out),
  }
}

/** A recompute since `since`, with what the histories came to. */
export function manyHoursContender(
  context: BenchContext,
  lake: FilledLake,
  { out, since }: { readonly out: string; readonly since: string },
): Contender {
  const fresh = freshNames()
  return {
    name: 'tendance, recompute workflow',
    command: (round) => ({
      ...ours('many-hours', [out, since, String(context.pidOf('temporal') ?? '')]),
      environment: { ...lake.environment, ...fresh(round) },
    }),
    seconds: secondsOf,
  }
}

/** A database and a task queue that no run before has used. */
function freshNames(): (round: number) => Readonly<Record<string, string>> {
  const run = `bench-${Date.now().toString(36)}`
  return (round) => ({
    TENDANCE_MONGO_DATABASE: `${run}-${round}`,
    TENDANCE_TEMPORAL_TASK_QUEUE: `${run}-${round}`,
    TENDANCE_LOG_LEVEL: 'warn',
  })
}

/** The limit: reading and unpacking alone. */
export function unpackContender(lake: FilledLake): Contender {
  return {
    name: 'reading and unpacking only',
    command: () => ({ ...ours('unpack', []), environment: lake.environment }),
    seconds: secondsOf,
  }
}

/** Spark's whole process with one job; `warmJob`, where there is one, is in its info. */
export async function sparkContender(context: BenchContext, lake: FilledLake, jobs: number): Promise<Contender> {
  const { environment, cacheDir, reporter, folder, hdfs } = context
  const { python, jar } = await installSpark({ environment, cacheDir, reporter })
  const out = join(folder, 'spark.tsv')
  const args = [join(BENCH, 'spark_recount.py'), `${hdfs}${lake.root}/posts/records`, out]
  return {
    name: 'Spark, start-up and first job',
    command: () => ({
      file: python,
      args: [...args, '--jar', jar, '--jobs', String(jobs), '--cores', String(SPARK_CORES)],
      environment: { ...environment, HADOOP_USER_NAME: 'tendance' },
    }),
    seconds: ({ info }) => Number(info['startup']) + (info['jobs'] as readonly number[])[0]!,
    check: () => lake.checkTop(out),
  }
}

function secondsOf({ info }: Measured): number {
  return Number(info['seconds'])
}
