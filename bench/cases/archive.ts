/** How fast the archive is: Kafka → HDFS, committed and sealed, beside only reading the same messages. */
import { join } from 'node:path'
import { AppError } from '../../model/errors.ts'
import type { BenchCase, Contender } from './bench-case.ts'
import { topicOfPosts } from './topic-of-posts.ts'

const PARTITIONS = 4
const HOURS = 2
const SEED = 1
/** The last records wait this long for their commit, and the time counts: with the usual 30 s it would be all there is to see. */
const COMMIT_AGE_MS = 1_000
const programOf = (name: string) => join(import.meta.dirname, '..', 'contenders', name)

export const archive: BenchCase = {
  name: 'archive',
  about:
    'posts in Kafka archived to HDFS, committed and sealed, one worker; seconds from having its partitions to the last seal',
  target: '150,000 posts/s; better the consumer’s own limit',
  figures: ['postsPerSecond', 'commits', 'megabytes', 'sealSeconds'],
  async prepare(context) {
    const { posts } = context.options
    const environment = {
      ...context.environment,
      TENDANCE_KAFKA_TOPIC_PREFIX: `bench-archive-${posts}.`,
      TENDANCE_KAFKA_PARTITIONS: String(PARTITIONS),
      TENDANCE_LAKE_COMMIT_AGE_MS: String(COMMIT_AGE_MS),
      TENDANCE_LOG_LEVEL: 'warn',
    }
    const shape = { posts, hours: HOURS, partitions: PARTITIONS, seed: SEED }
    const { messages } = await topicOfPosts(context, environment, shape)

    const run = `bench-archive-${Date.now().toString(36)}`
    const contender = (name: string, args: readonly string[], facts: readonly string[]): Contender => ({
      name,
      command: (round) => ({
        file: process.execPath,
        args: ['--disable-warning=ExperimentalWarning', ...args, String(messages)],
        environment: {
          ...environment,
          TENDANCE_KAFKA_GROUP_PREFIX: `${run}-${facts[0]}-${round}.`,
          TENDANCE_LAKE_ROOT: `/${run}-${round}`,
        },
      }),
      seconds: ({ info }) => Number(info['seconds']),
      check: ({ info }) => {
        for (const fact of facts) {
          if (info[fact] === messages) continue
          throw new AppError('internal', `${name}: ${fact} is ${String(info[fact])}, and should be ${messages}`)
        }
      },
    })
    const own = contender('tendance, committed and sealed', [programOf('archive.ts')], ['committed', 'sealed'])
    const limit = contender('the messages read, nothing else', [programOf('speed.ts'), 'read'], ['read'])
    return {
      contenders: [own, limit],
      facts: { posts: messages, hours: HOURS, partitions: PARTITIONS, commitAgeMs: COMMIT_AGE_MS },
      ratios: [{ of: limit.name, to: own.name }],
    }
  },
}
