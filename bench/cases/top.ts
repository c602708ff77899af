/** How fast questions are answered: an hour of a year, and a week proven exact. */
import { join } from 'node:path'
import { loadConfig } from '../../app/config.ts'
import { layoutAt } from '../../lake/layout.ts'
import { openStore } from '../../lake/open-store.ts'
import { createTallies } from '../../lake/tallies.ts'
import { AppError } from '../../model/errors.ts'
import { withProgress } from '../../stack/reporter.ts'
import { openViews } from '../../views/views.ts'
import { type AnswersShape, fillViews, WEEK_HOURS } from '../data/fill-views.ts'
import type { BenchCase, BenchContext, Contender } from './bench-case.ts'

const TERMS = 20_000
const PROGRAM = join(import.meta.dirname, '..', 'contenders', 'top.ts')

export const topHour: BenchCase = {
  name: 'top-hour',
  about:
    'the top 10 of an hour through the view, with movements, from many stored hours; seconds are the 99th percentile',
  target: 'p99 of 10 ms with 8,760 hours stored, better 3 ms',
  figures: ['p50Ms', 'p99Ms', 'fullTalliesAsked'],
  async prepare(context) {
    const views = await filled(context)
    const own = contender('tendance, top of an hour', 'hour', 1_000, views, true)
    const limit = contender('its two documents read, nothing else', 'document', 1_000, views, true)
    return { contenders: [own, limit], facts: { ...views.shape }, ratios: [{ of: limit.name, to: own.name }] }
  },
}

export const topRange: BenchCase = {
  name: 'top-range',
  about: 'the top 10 of 168 hours, proven exact from the full tallies; seconds are the 99th percentile',
  target: 'p99 of 400 ms, better 100 ms',
  figures: ['p50Ms', 'p99Ms', 'fullTalliesAsked'],
  async prepare(context) {
    const views = await filled(context)
    const own = contender('tendance, top of a week, proven', 'range', 100, views, true)
    const plain = contender('arrays fetched and added up, unproven', 'plain', 100, views, false)
    const baselines = context.options.baselines ? [plain] : []
    return {
      contenders: [own, ...baselines],
      facts: { ...views.shape },
      ratios: baselines.map(({ name }) => ({ of: own.name, to: name })),
    }
  },
}

export interface Filled {
  readonly environment: BenchContext['environment']
  readonly shape: AnswersShape
}

/** Views and full tallies of `storedHours` hours, filled once. */
export async function filled(context: BenchContext): Promise<Filled> {
  const shape = { hours: Math.max(context.options.storedHours, WEEK_HOURS + 1), terms: TERMS }
  const environment = {
    ...context.environment,
    TENDANCE_MONGO_DATABASE: `bench-answers-${shape.hours}`,
    TENDANCE_LAKE_ROOT: `/bench/answers-${shape.hours}`,
  }
  const { config } = loadConfig({ env: environment })
  await using store = openStore(config.lake)
  await using views = await openViews({ ...config.mongo, appName: 'tendance bench' })
  const tallies = createTallies({ store, layout: layoutAt(config.lake.root), writer: 'bench-fill' })
  await withProgress(context.reporter, 'bench', `views of ${shape.hours} hours`, () => fillViews(views, tallies, shape))
  return { environment, shape }
}

function contender(
  name: string,
  what: string,
  times: number,
  { environment, shape }: Filled,
  isExact: boolean,
): Contender {
  const args = ['--disable-warning=ExperimentalWarning', PROGRAM, what, shape.hours, shape.terms, times].map(String)
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
