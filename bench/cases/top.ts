/** How fast questions are answered: an hour of a year, and a week proven exact. */
import { join } from 'node:path'
import { loadConfig } from '../../app/config.ts'
import { layoutAt } from '../../lake/layout.ts'
import { openStore } from '../../lake/open-store.ts'
import { createTallies } from '../../lake/tallies.ts'
import { AppError } from '../../model/errors.ts'
import { withProgress } from '../../stack/reporter.ts'
import { openViews } from '../../views/views.ts'
import { fillViews } from '../data/fill-views.ts'
import type { BenchCase, BenchContext, Contender } from './bench-case.ts'

const SHAPE = { hours: 8_760, terms: 20_000 } as const
const PROGRAM = join(import.meta.dirname, '..', 'contenders', 'top.ts')

export const topHour: BenchCase = {
  name: 'top-hour',
  about: 'the top 10 of an hour through the view, with movements, 8,760 hours stored; seconds are the 99th percentile',
  target: 'p99 of 10 ms, better 3 ms',
  async prepare(context) {
    const environment = await filled(context)
    const own = contender('tendance, top of an hour', 'hour', 1_000, environment, true)
    const limit = contender('its two documents read, nothing else', 'document', 1_000, environment, true)
    return { contenders: [own, limit], facts: SHAPE, ratios: [{ of: limit.name, to: own.name }] }
  },
}

export const topRange: BenchCase = {
  name: 'top-range',
  about: 'the top 10 of 168 hours, proven exact from the full tallies; seconds are the 99th percentile',
  target: 'p99 of 400 ms, better 100 ms',
  async prepare(context) {
    const environment = await filled(context)
    const own = contender('tendance, top of a week, proven', 'range', 100, environment, true)
    const plain = contender('arrays fetched and added up, unproven', 'plain', 100, environment, false)
    const baselines = context.options.baselines ? [plain] : []
    return {
      contenders: [own, ...baselines],
      facts: SHAPE,
      ratios: baselines.map(({ name }) => ({ of: own.name, to: name })),
    }
  },
}

async function filled(context: BenchContext): Promise<BenchContext['environment']> {
  const environment = {
    ...context.environment,
    TENDANCE_MONGO_DATABASE: 'bench-answers',
    TENDANCE_LAKE_ROOT: '/bench/answers',
  }
  const { config } = loadConfig({ env: environment })
  await using store = openStore(config.lake)
  await using views = await openViews({ ...config.mongo, appName: 'tendance bench' })
  const tallies = createTallies({ store, layout: layoutAt(config.lake.root), writer: 'bench-fill' })
  await withProgress(context.reporter, 'bench', `views of ${SHAPE.hours} hours`, () => fillViews(views, tallies, SHAPE))
  return environment
}

function contender(
  name: string,
  what: string,
  times: number,
  environment: BenchContext['environment'],
  isExact: boolean,
): Contender {
  const args = ['--disable-warning=ExperimentalWarning', PROGRAM, what, SHAPE.hours, SHAPE.terms, times].map(String)
  return {
    name,
    command: () => ({ file: process.execPath, args, environment }),
    seconds: ({ info }) => Number(info['seconds']),
    check: ({ info }) => {
      if (isExact && info['exact'] !== times) {
        throw new AppError('internal', `${name}: ${info['exact']} of ${times} answers were exact`, { facts: { what } })
      }
    },
  }
}
