/** How fast live counting is: Kafka → counted → visible, beside only reading the same messages. */
import { join } from 'node:path'
import { AppError } from '../../model/errors.ts'
import type { TopicTruth } from '../data/fill-topic.ts'
import type { BenchCase, BenchContext, Contender } from './bench-case.ts'
import { topicOfPosts } from './topic-of-posts.ts'

const PARTITIONS = 4
/** Of event time: a busy live stream has few slots open, with many posts each. */
const HOURS = 2
const SEED = 1
const PROGRAM = join(import.meta.dirname, '..', 'contenders', 'speed.ts')

export const speed: BenchCase = {
  name: 'speed',
  about: 'posts in Kafka counted live and visible in the views, one worker; seconds from having its partitions',
  target: '120,000 posts/s, visible p99 2 s; better 300,000 posts/s, p99 1 s',
  figures: ['postsPerSecond', 'visibleMsP99'],
  async prepare(context) {
    const { posts } = context.options
    const environment = {
      ...context.environment,
      TENDANCE_KAFKA_TOPIC_PREFIX: `bench-speed-${posts}.`,
      TENDANCE_BATCH_EXTRACTORS: 'hashtags@2',
      TENDANCE_LOG_LEVEL: 'warn',
    }
    const shape = { posts, hours: HOURS, partitions: PARTITIONS, seed: SEED }
    const truth = await topicOfPosts(context, environment, shape)
    const own = contender('tendance, counted and visible', 'count', truth, environment)
    const limit = contender('the messages read, nothing else', 'read', truth, environment)
    return {
      contenders: [own, limit],
      facts: { posts: truth.messages, hours: HOURS, partitions: PARTITIONS },
      ratios: [{ of: limit.name, to: own.name }],
    }
  },
}

function contender(
  name: string,
  what: 'count' | 'read',
  truth: TopicTruth,
  environment: BenchContext['environment'],
): Contender {
  const run = `bench-${Date.now().toString(36)}-${what}`
  const args = ['--disable-warning=ExperimentalWarning', PROGRAM, what, String(truth.messages)]
  return {
    name,
    command: (round) => ({
      file: process.execPath,
      args,
      environment: {
        ...environment,
        TENDANCE_KAFKA_GROUP_PREFIX: `${run}-${round}.`,
        TENDANCE_MONGO_DATABASE: `${run}-${round}`,
      },
    }),
    seconds: ({ info }) => Number(info['seconds']),
    check: ({ info }) => {
      const { messages, copies, total } = truth
      const wanted = what === 'read' ? { read: messages } : { records: messages - copies, copies, total, late: 0 }
      for (const [fact, value] of Object.entries(wanted)) {
        if (info[fact] === value) continue
        throw new AppError('internal', `${name}: ${fact} is ${String(info[fact])}, and should be ${value}`, {
          facts: { ...wanted },
        })
      }
    },
  }
}
