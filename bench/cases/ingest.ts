/** How fast posts get in: JSON lines → validated → Kafka, acks from all, idempotent; beside the client alone sending the lines as they are. */
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { AppError } from '../../model/errors.ts'
import { generate } from '../../model/synthetic/generator.ts'
import { toJsonLine } from '../../model/synthetic/json.ts'
import { HOUR_MS } from '../../model/time.ts'
import { withProgress } from '../../stack/reporter.ts'
import type { BenchCase, BenchContext, Contender } from './bench-case.ts'

const FROM = Date.UTC(2026, 10, 16)
const PROGRAM = join(import.meta.dirname, '..', 'contenders', 'ingest.ts')

export const ingest: BenchCase = {
  name: 'ingest',
  about:
    'posts as JSON lines in a file, validated and confirmed by Kafka, which shares the cores; seconds from the first line',
  target: '60,000 posts/s; better 143,199 posts/s, Twitter’s record',
  figures: ['postsPerSecond'],
  async prepare(context) {
    const { posts } = context.options
    const path = join(context.folder, `posts-${posts}.jsonl`)
    const text = `a file of ${posts.toLocaleString('en-GB')} posts`
    const records = await withProgress(context.reporter, 'bench', text, () => writeLines(path, posts))
    const own = contender('tendance, validated and confirmed', 'ingest', path, records, context)
    const client = contender('kafkajs alone, lines as they are', 'send', path, records, context)
    return {
      contenders: [own, client],
      facts: { posts: records },
      ratios: [{ of: client.name, to: own.name }],
    }
  },
}

/** Resolves to the number of lines: copies come on top of the posts. */
async function writeLines(path: string, posts: number): Promise<number> {
  let records = 0
  function* lines() {
    let piece = ''
    for (const { post } of generate({ seed: 1, from: FROM, to: FROM + 24 * HOUR_MS, posts })) {
      records++
      piece += `${toJsonLine(post)}\n`
      if (piece.length > 1_000_000) {
        yield piece
        piece = ''
      }
    }
    yield piece
  }
  await pipeline(Readable.from(lines()), createWriteStream(path))
  return records
}

function contender(name: string, what: string, path: string, records: number, context: BenchContext): Contender {
  const run = `bench-ingest-${Date.now().toString(36)}-${what}`
  return {
    name,
    command: (round) => ({
      file: process.execPath,
      args: ['--disable-warning=ExperimentalWarning', PROGRAM, what, path],
      environment: {
        ...context.environment,
        TENDANCE_KAFKA_TOPIC_PREFIX: `${run}-${round}.`,
        TENDANCE_INGEST_STATE_DIR: join(context.folder, `${run}-${round}`),
        TENDANCE_LOG_LEVEL: 'warn',
      },
    }),
    seconds: ({ info }) => Number(info['seconds']),
    check: ({ info }) => {
      if (info['stored'] === records) return
      throw new AppError('internal', `${name}: ${String(info['stored'])} messages are in Kafka, of ${records}`)
    },
  }
}
