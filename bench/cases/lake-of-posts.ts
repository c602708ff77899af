/** The lake that a case counts: filled once for a shape and kept, with its truth. */
import { readFileSync } from 'node:fs'
import { loadConfig } from '../../app/config.ts'
import type { Environment } from '../../app/environment.ts'
import { layoutAt } from '../../lake/layout.ts'
import { openStore } from '../../lake/open-store.ts'
import { AppError } from '../../model/errors.ts'
import { withProgress } from '../../stack/reporter.ts'
import { fillLake, type LakeShape, rootOf } from '../data/fill-lake.ts'
import type { BenchContext } from './bench-case.ts'

export const PARTITIONS = 4
const SEED = 1

export interface FilledLake {
  /** The lake's directory, `/bench/…`. */
  readonly root: string
  readonly environment: Environment
  /** @throws AppError `internal` naming the first line that is not the truth's */
  checkTop(file: string): void
}

export async function lakeOfPosts(
  context: BenchContext,
  posts: number,
  hours: number,
  more: Partial<Pick<LakeShape, 'partitions' | 'first'>> = {},
): Promise<FilledLake> {
  const shape: LakeShape = { posts, hours, partitions: PARTITIONS, seed: SEED, ...more }
  const root = rootOf(shape)
  const environment = { ...context.environment, TENDANCE_LAKE_ROOT: root }
  await using store = openStore(loadConfig({ env: environment }).config.lake)
  const text = `a lake of ${posts.toLocaleString('en-GB')} posts in ${hours} hours`
  const truth = await withProgress(context.reporter, 'bench', text, () =>
    fillLake({ store, layout: layoutAt(root) }, shape),
  )
  return { root, environment, checkTop: (file) => assertSame(truth, file) }
}

function assertSame(truth: string, file: string): void {
  const expected = truth.split('\n')
  const found = readFileSync(file, 'utf8').split('\n')
  const at = expected.findIndex((line, i) => found[i] !== line)
  if (at < 0 && found.length === expected.length) return
  const line = at < 0 ? expected.length : at
  throw new AppError(
    'internal',
    `${file} is not the truth: line ${line + 1} is '${found[line] ?? ''}', and should be '${expected[line] ?? ''}'`,
    { facts: { file, line: line + 1 } },
  )
}
