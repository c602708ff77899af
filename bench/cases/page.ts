/** How heavy the page is, and how soon it is there with its data. */
import { join } from 'node:path'
import type { BenchCase, Contender } from './bench-case.ts'
import { type Filled, filled } from './top.ts'

const STORED_HOURS = 1_000
const PROGRAM = join(import.meta.dirname, '..', 'contenders', 'page.ts')

export const page: BenchCase = {
  name: 'page',
  about:
    'a day of hours as bump chart and grid in Chromium with an empty cache, 1,000 hours stored; seconds are the first paint, which has the data',
  target: 'first paint with data below 1 s; scripts and styles below 60 kB as sent',
  figures: ['firstPaintMs', 'aliveMs', 'scriptKb', 'styleKb', 'documentKb', 'longTasksMs', 'layoutShift'],
  async prepare(context) {
    const views = await filled({ ...context, options: { ...context.options, storedHours: STORED_HOURS } })
    return {
      contenders: [
        visit('desktop', views, context.cacheDir),
        visit('phone, its processor four times slower', views, context.cacheDir),
      ],
      facts: { ...views.shape },
      ratios: [],
    }
  },
}

function visit(name: string, { environment, shape }: Filled, cacheDir: string): Contender {
  const args = ['--disable-warning=ExperimentalWarning', PROGRAM, name.split(',')[0]!, `${shape.hours}`, cacheDir]
  return {
    name: `24 hours on a ${name}`,
    command: () => ({ file: process.execPath, args, environment }),
    seconds: ({ info }) => Number(info['seconds']),
  }
}
