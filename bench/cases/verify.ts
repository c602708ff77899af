/** Reading a whole lake against its commit log, by names and lengths and by every block: `tendance verify` as people start it. */
import { join } from 'node:path'
import { loadConfig } from '../../app/config.ts'
import { layoutAt } from '../../lake/layout.ts'
import { openStore } from '../../lake/open-store.ts'
import { AppError } from '../../model/errors.ts'
import { fillLog } from '../data/fill-log.ts'
import type { Measured } from '../machine/measure.ts'
import type { BenchCase, Contender } from './bench-case.ts'
import { type FilledLake, lakeOfPosts, PARTITIONS } from './lake-of-posts.ts'

const PROGRAM = join(import.meta.dirname, '../../bin/tendance.mjs')

export const verify: BenchCase = {
  name: 'verify',
  about: 'the whole lake held against its commit log',
  target: 'a lake of a million posts in seconds',
  async prepare(context) {
    const { posts, hours } = context.options
    const lake = await lakeOfPosts(context, posts, hours)
    await using store = openStore(loadConfig({ env: lake.environment }).config.lake)
    const commits = await fillLog({ store, layout: layoutAt(lake.root) })
    return {
      contenders: [contender('names and lengths', lake, []), contender('every block', lake, ['--deep'])],
      facts: { posts, hours, partitions: PARTITIONS, commits },
      ratios: [],
    }
  },
}

function contender(name: string, { environment }: FilledLake, more: readonly string[]): Contender {
  return {
    name,
    command: () => ({
      file: process.execPath,
      args: [PROGRAM, 'verify', '--lake-only', '--json', ...more],
      environment,
    }),
    seconds: ({ info }) => Number(info['ms']) / 1_000,
    check: expectNothing,
  }
}

function expectNothing({ info }: Measured): void {
  const damages = info['damages'] as readonly unknown[]
  if (damages.length === 0) return
  throw new AppError('internal', `verify found ${damages.length} damages in a whole lake`, {
    facts: { first: damages[0] },
  })
}
