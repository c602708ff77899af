/** How soon a post that arrives is counted in what the page shows. */
import { join } from 'node:path'
import { AppError } from '../../model/errors.ts'
import type { BenchCase } from './bench-case.ts'
import { withFreshNames } from './fresh-names.ts'

const PROGRAM = join(import.meta.dirname, '..', 'contenders', 'live.ts')
const POSTS_PER_SECOND = 1_000

export const live: BenchCase = {
  name: 'live',
  about:
    'from a post’s arrival at ingest’s socket to its count in the page’s event: ingest, Kafka, live counting and the server, a process each; seconds are the 99th percentile',
  target: 'none was set; what a person calls at once',
  figures: ['p50Ms', 'p99Ms', 'shown'],
  async prepare(context) {
    const { seconds } = context.options
    const run = `bench-live-${Date.now().toString(36)}`
    return {
      contenders: [
        {
          name: `a post at ${POSTS_PER_SECOND.toLocaleString('en-GB')} posts/s`,
          command: (round) => ({
            file: process.execPath,
            args: ['--disable-warning=ExperimentalWarning', PROGRAM, String(seconds), String(POSTS_PER_SECOND)],
            environment: withFreshNames(context, `${run}-${round}`),
          }),
          seconds: ({ info }) => Number(info['seconds']),
          check: ({ info }) => {
            if (info['shown'] === info['sent']) return
            throw new AppError('internal', `${info['sent']} posts were sent, and the page has ${info['shown']}`)
          },
        },
      ],
      facts: { seconds, postsPerSecond: POSTS_PER_SECOND },
      ratios: [],
    }
  },
}
