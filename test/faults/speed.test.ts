/** Real speed workers, killed with no warning, beside a real broker and store that die too: the counts are exact all the same. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Producer } from 'kafkajs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Config } from '../../app/config.ts'
import { ensureTopic } from '../../kafka/admin.ts'
import { createKafka, type KafkaConnection } from '../../kafka/client.ts'
import { boards } from '../../model/boards.ts'
import { silentLogger } from '../../model/log.ts'
import { topicOf } from '../../model/streams/stream.ts'
import { HOUR_MS } from '../../model/time.ts'
import type { SpeedProgress } from '../../speed/meter.ts'
import { openViews, type Views } from '../../views/views.ts'
import { isolatedConfig, type OwnStack, startOwnStack } from '../services.ts'
import { type LivePost, livePosts, produce, truthOf } from '../speed/live-posts.ts'
import { readSlots, slotsOfTruth, until } from '../speed/live-views.ts'

const PARTITIONS = 4
const FROM = Date.parse('2026-11-16T07:00:00Z')
const { slotMs } = boards.hashtags
const LONG = 60_000

let own: OwnStack
let kafka: KafkaConnection
let producer: Producer
let config: Config
let views: Views & AsyncDisposable
let topic: string
const running = new Set<SpeedProcess>()

beforeAll(async () => {
  own = await startOwnStack({ services: ['kafka', 'hdfs', 'mongodb'] })
  return () => own[Symbol.asyncDispose]()
})

beforeEach(async () => {
  config = isolatedConfig(own.addresses, {
    TENDANCE_SPEED_FLUSH_MS: '50',
    TENDANCE_SPEED_IDLE_MS: '600000',
    TENDANCE_KAFKA_PARTITIONS: String(PARTITIONS),
  })
  kafka = createKafka(config, 'test-speed', silentLogger)
  producer = kafka.kafka.producer({ idempotent: true })
  await producer.connect()
  topic = topicOf(config.kafka.topicPrefix, 'posts')
  await ensureTopic(kafka, topic, config.kafka)
  views = await openViews({ ...config.mongo, appName: 'test', patienceMs: LONG })
  return async () => {
    await Promise.all([...running].map((worker) => worker.kill()))
    await producer.disconnect()
    await views[Symbol.asyncDispose]()
  }
})
afterAll(() => expect(running.size).toBe(0))

class SpeedProcess {
  readonly #child: ChildProcess
  readonly #ended: Promise<unknown>
  #messages = 0
  #waiting: { readonly messages: number; readonly resolve: () => void; readonly reject: (why: Error) => void }[] = []

  constructor() {
    const main = fileURLToPath(new URL('speed-process.ts', import.meta.url))
    this.#child = spawn(process.execPath, [main, JSON.stringify(config)], { stdio: ['ignore', 'pipe', 'inherit'] })
    this.#ended = once(this.#child, 'exit').then(() => {
      running.delete(this)
      for (const { reject } of this.#waiting) reject(new Error('the worker has ended'))
    })
    running.add(this)
    createInterface({ input: this.#child.stdout! }).on('line', (line) => {
      this.#messages = (JSON.parse(line) as SpeedProgress).messages
      this.#waiting = this.#waiting.filter(({ messages, resolve }) => {
        if (this.#messages >= messages) resolve()
        return this.#messages < messages
      })
    })
  }

  /** Resolves when it has taken so many messages. */
  async taken(messages: number): Promise<void> {
    if (this.#messages >= messages) return
    if (!running.has(this)) throw new Error('the worker has ended')
    await new Promise<void>((resolve, reject) => this.#waiting.push({ messages, resolve, reject }))
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM')
    await this.#ended
  }
}

async function expectExact(posts: readonly LivePost[], sent: number): Promise<void> {
  const key = { stream: 'posts', board: 'hashtags', extractor: 'hashtags@2' } as const
  await until(async () => {
    const states = await views.speed.states(key)
    return states.reduce((sum, { offset }) => sum + offset, 0) === sent
  }, LONG)
  const slots = await readSlots(views)
  expect(slots).toEqual(slotsOfTruth(truthOf(posts, slotMs)))
  const states = await views.speed.states(key)
  expect(states.reduce((sum, { late }) => sum + late, 0)).toBe(0)
}

describe('live counts are exact', () => {
  it('when one of two workers is killed again and again while posts come in', async () => {
    const CHUNK = 4_000
    const KILLS = 4
    const options = { spanMs: 3 * HOUR_MS, disorderMs: 30_000, copyEach: 50 }
    const posts = [...livePosts({ count: CHUNK * (KILLS + 1), from: FROM, ...options })]
    const size = Math.ceil(posts.length / (KILLS + 1))
    const workers = [new SpeedProcess(), new SpeedProcess()]
    let sent = 0
    for (let kill = 0; kill < KILLS; kill++) {
      const victim = kill % 2
      const taken = workers[victim]!.taken(1)
      sent += await produce(producer, topic, PARTITIONS, posts.slice(kill * size, (kill + 1) * size))
      await taken
      await workers[victim]!.kill()
      workers[victim] = new SpeedProcess()
    }
    sent += await produce(producer, topic, PARTITIONS, posts.slice(KILLS * size))
    await expectExact(posts, sent)
    await Promise.all(workers.map((worker) => worker.stop()))
  })

  it('when the store and the broker are killed and come back', async () => {
    const posts = [...livePosts({ count: 12_000, from: FROM, spanMs: 3 * HOUR_MS, disorderMs: 30_000, copyEach: 50 })]
    const third = Math.ceil(posts.length / 3)
    const worker = new SpeedProcess()
    let sent = await produce(producer, topic, PARTITIONS, posts.slice(0, third))
    await worker.taken(1)
    await own.stack.service('mongodb').kill()
    sent += await produce(producer, topic, PARTITIONS, posts.slice(third, 2 * third))
    await worker.taken(third + 1)
    await own.stack.service('mongodb').start()
    await worker.taken(sent)
    await own.stack.service('kafka-1').kill()
    await own.stack.service('kafka-1').start()
    sent += await produce(producer, topic, PARTITIONS, posts.slice(2 * third))
    await expectExact(posts, sent)
    await worker.stop()
  })
})
