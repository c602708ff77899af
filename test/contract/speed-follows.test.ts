/**
 * Publishing an edition with another extractor, while posts come in: until the speed worker has counted the open hour again,
 * answers for it say less, never something wrong. On real Kafka and the real store.
 */
import { setImmediate as breathe } from 'node:timers/promises'
import type { Producer } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Config } from '../../app/config.ts'
import { ensureTopic } from '../../kafka/admin.ts'
import { createKafka } from '../../kafka/client.ts'
import { silentLogger } from '../../model/log.ts'
import { topicOf } from '../../model/streams/stream.ts'
import { HOUR_MS, hourOf, hourStartOf } from '../../model/time.ts'
import type { Answer } from '../../views/answer.ts'
import { answerHour } from '../../views/ask.ts'
import { openViews, type Views } from '../../views/views.ts'
import { runSpeedWorker } from '../../workers/speed.ts'
import { isolatedConfig } from '../services.ts'
import { type LivePost, livePosts, produce } from '../speed/live-posts.ts'

const PARTITIONS = 2
/** A new extractor counts this hour, and the one before, from their first record: so it may end while the test runs. */
const FROM = hourStartOf(Date.now())
const HOUR = hourOf(FROM)
const N = 1_000
type Rule = 'hashtags@1' | 'hashtags@2'
/** Tags of every post, by rule: so an answer's total over its records tells by which rule it was counted. */
const TAGS = { 'hashtags@1': 1, 'hashtags@2': 2 } as const
const RULES: Readonly<Record<number, Rule>> = { 1: 'hashtags@1', 2: 'hashtags@2' }

let config: Config
let producer: Producer
let views: Views & AsyncDisposable
let topic: string

beforeAll(async () => {
  config = isolatedConfig(undefined, { TENDANCE_SPEED_FLUSH_MS: '100', TENDANCE_SPEED_IDLE_MS: '300000' })
  const kafka = createKafka(config, 'test-speed', silentLogger)
  producer = kafka.kafka.producer({ idempotent: true })
  await producer.connect()
  topic = topicOf(config.kafka.topicPrefix, 'posts')
  await ensureTopic(kafka, topic, { partitions: PARTITIONS, replication: 0, retentionBytes: -1 })
  views = await openViews({ ...config.mongo, appName: 'test' })
})
afterAll(async () => {
  await producer?.disconnect()
  await views?.drop()
  await views?.[Symbol.asyncDispose]()
})

/** Each has one tag that both rules find, and one in brackets, which only hashtags@2 finds. */
function postsOf(half: 0 | 1): LivePost[] {
  const plain = livePosts({
    count: 3_000,
    from: FROM + (half * HOUR_MS) / 2,
    spanMs: HOUR_MS / 2,
    firstId: half * 10_000,
  })
  return [...plain].map(({ post }, i) => ({
    post: { ...post, text: `#tag${i % 97} (#bracket${i % 13})` },
    keys: [`tag${i % 97}`, `bracket${i % 13}`],
  }))
}

function truthOf(posts: readonly LivePost[], rule: Rule): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { keys } of posts) {
    for (const key of keys.slice(0, TAGS[rule])) counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return counts
}

async function publish(edition: 1 | 2): Promise<void> {
  const given = {
    stream: 'posts',
    parent: edition === 1 ? null : 1,
    since: null,
    until: null,
    state: 'building',
  } as const
  const extractors = { hashtags: RULES[edition]! }
  await views.editions.create({ ...given, extractors, reason: 'test', by: 'test', createdAt: FROM, workflowId: null })
  await views.live.publish({ stream: 'posts', edition, expectedVersion: edition - 1, by: 'test', at: Date.now() })
}

/** What is wrong with an answer, by the edition that it names; null: nothing. */
function whatIsWrong({ rows, records, total, provenance }: Answer, sent: readonly LivePost[]): string | null {
  const rule = RULES[provenance.edition ?? 0]
  if (!rule) return `edition ${provenance.edition}`
  if (provenance.extractors.some((extractor) => extractor !== rule)) return `${provenance.extractors} in ${rule}`
  if (total !== records * TAGS[rule]) return `${records} records with ${total} tags are not counted by ${rule} alone`
  if (records > 0 && provenance.hours.provisional !== 1) return 'a count that grows is not called provisional'
  const truth = truthOf(sent, rule)
  const more = rows.find(({ key, count }) => count > (truth.get(key) ?? 0))
  return more ? `#${more.key} has ${more.count}, more than ${truth.get(more.key) ?? 0}` : null
}

describe('an open hour through a publish', () => {
  it('is answered by one rule alone, never too high, and completely in the end', { timeout: 180_000 }, async () => {
    const stopping = new AbortController()
    const ask = () => answerHour({ views, clock: Date.now }, { board: 'hashtags', n: N, hour: HOUR })
    const isAll = (answer: Answer, posts: readonly LivePost[], rule: Rule) => {
      const truth = truthOf(posts, rule)
      return answer.rows.length === truth.size && answer.rows.every(({ key, count }) => truth.get(key) === count)
    }
    await publish(1)
    const worker = runSpeedWorker({ config, logger: silentLogger, signal: stopping.signal })
    const seen: { readonly edition: number | null; readonly records: number }[] = []
    const wrong: string[] = []
    let reading = true
    try {
      const sent = [...postsOf(0)]
      await produce(producer, topic, PARTITIONS, sent)
      await expect.poll(async () => isAll(await ask(), sent, 'hashtags@1'), { timeout: 60_000 }).toBe(true)
      const reader = (async () => {
        while (reading) {
          const answer = await ask()
          const error = whatIsWrong(answer, sent)
          if (error) wrong.push(error)
          seen.push({ edition: answer.provenance.edition, records: answer.records })
          await breathe()
        }
      })()
      await publish(2)
      const rest = postsOf(1)
      sent.push(...rest)
      await produce(producer, topic, PARTITIONS, rest)
      await expect.poll(async () => isAll(await ask(), sent, 'hashtags@2'), { timeout: 60_000 }).toBe(true)
      await expect.poll(() => seen.length, { timeout: 60_000 }).toBeGreaterThan(20)
      reading = false
      await reader
    } finally {
      reading = false
      stopping.abort()
      await worker
    }
    expect(wrong.slice(0, 3)).toEqual([])
    expect(seen.at(-1)).toEqual({ edition: 2, records: 6_000 })
    // What is counted by the new rule only grows: nobody sees it shrink.
    const byNew = seen.filter(({ edition }) => edition === 2).map(({ records }) => records)
    expect(byNew).toEqual(byNew.toSorted((a, b) => a - b))
  })

  it('the twin: counts of both rules together, and counts that are too high, are found', async () => {
    const sent = [...postsOf(0), ...postsOf(1)]
    const right = await answerHour({ views, clock: Date.now }, { board: 'hashtags', n: N, hour: HOUR })
    expect(whatIsWrong(right, sent)).toBeNull()
    expect(whatIsWrong({ ...right, total: right.total - 500 }, sent)).toContain('not counted by hashtags@2 alone')
    expect(whatIsWrong({ ...right, provenance: { ...right.provenance, edition: 1 } }, sent)).toContain('in hashtags@1')
    expect(whatIsWrong(right, postsOf(0))).toContain('more than')
  })
})
