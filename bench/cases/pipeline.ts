/** Everything together on one machine, at a rate: whether live counting and the archive keep up while batch runs beside them. */
import { join } from 'node:path'
import { AppError } from '../../model/errors.ts'
import type { BenchCase } from './bench-case.ts'
import { withFreshNames } from './fresh-names.ts'

const PROGRAM = join(import.meta.dirname, '..', 'contenders', 'pipeline.ts')
/** Commits by age: some dozen of them in a run of a minute, as there are in ten minutes with the usual 30 s. */
const COMMIT_AGE_MS = 5_000
const HOURS = 24

export const pipeline: BenchCase = {
  name: 'pipeline',
  about:
    'ingest of JSON lines, archive, live counting and hourly batch at once, a process each, a day of posts played in the time; seconds until all is archived and counted',
  target: '20,000 posts/s sustained for 10 minutes, lag flat; better 50,000 posts/s',
  figures: [
    'postsPerSecond',
    'visibleMsP99',
    'speedLagMean',
    'speedLagMax',
    'speedLagGrowthPerSecond',
    'archiveLagMean',
    'archiveLagMax',
    'archiveLagGrowthPerSecond',
    'secondsToLastVisible',
    'secondsToLastArchived',
    'hourlyInBetween',
    'lastHourlySeconds',
    'hoursLive',
    'hoursLiveRight',
    'hoursByBatchRight',
  ],
  async prepare(context) {
    const { seconds, rate } = context.options
    const run = `bench-pipeline-${Date.now().toString(36)}`
    return {
      contenders: [
        {
          name: `tendance at ${rate.toLocaleString('en-GB')} posts/s`,
          command: (round) => ({
            file: process.execPath,
            args: ['--disable-warning=ExperimentalWarning', PROGRAM, String(seconds), String(rate)],
            environment: {
              ...withFreshNames(context, `${run}-${round}`),
              TENDANCE_LAKE_COMMIT_AGE_MS: String(COMMIT_AGE_MS),
            },
          }),
          seconds: ({ info }) => Number(info['seconds']),
          check: ({ info }) => {
            const { hoursLive, hoursLiveRight, hoursByBatchRight } = info
            if (hoursByBatchRight === HOURS && hoursLiveRight === hoursLive) return
            throw new AppError(
              'internal',
              `the generator's posts and top 10 are in ${hoursByBatchRight} of ${HOURS} hours by batch, and in ${hoursLiveRight} of ${hoursLive} live`,
            )
          },
        },
      ],
      facts: { seconds, postsPerSecond: rate, hours: HOURS, commitAgeMs: COMMIT_AGE_MS },
      ratios: [],
    }
  },
}
