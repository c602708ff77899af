/**
 * Real archive workers, killed with no warning at each step of a commit and at random, beside a broker, a NameNode and a DataNode
 * that die too: in the end the lake has every record that Kafka has, once.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Config } from '../../app/config.ts'
import { ensureTopic, fetchOffsets } from '../../kafka/admin.ts'
import { createKafka, type KafkaConnection } from '../../kafka/client.ts'
import { readPartitions } from '../../kafka/consumer.ts'
import { partitionOf } from '../../kafka/partition.ts'
import { createSafeProducer, type SafeProducer } from '../../kafka/producer.ts'
import { archivedTo, readLog } from '../../lake/archive/commit-log.ts'
import type { FileStore } from '../../lake/file-store.ts'
import { layoutAt } from '../../lake/layout.ts'
import { openStore } from '../../lake/open-store.ts'
import { silentLogger } from '../../model/log.ts'
import { topicOf } from '../../model/streams/stream.ts'
import type { Death } from '../lake/broken-store.ts'
import { encodePost, idsOf, postOf, readLake } from '../lake/posts.ts'
import { isolatedConfig, type OwnStack, startOwnStack } from '../services.ts'

const SEVEN = Date.parse('2026-11-16T07:00:00Z')

let own: OwnStack
let config: Config
let kafka: KafkaConnection
let store: FileStore
let topic: string
let producer: SafeProducer
let partitions: number
let produced: string[] = []
const running = new Set<ArchiveProcess>()
/** `said` for each line of any worker, and each end. */
const events = new EventEmitter()

beforeAll(async () => {
  own = await startOwnStack({ services: ['kafka', 'hdfs'] })
  return () => own[Symbol.asyncDispose]()
})

beforeEach(async () => {
  config = isolatedConfig(own.addresses, { TENDANCE_LAKE_COMMIT_AGE_MS: '500', TENDANCE_LAKE_BLOCK_BYTES: '4096' })
  kafka = createKafka(config, 'test-archive', silentLogger)
  topic = topicOf(config.kafka.topicPrefix, 'posts')
  store = openStore(config.lake)
  produced = []
  return async () => {
    await Promise.all([...running].map((worker) => worker.kill()))
    await producer.close()
    await store[Symbol.asyncDispose]()
  }
})

async function openTopic(count: number): Promise<void> {
  partitions = await ensureTopic(kafka, topic, { ...config.kafka, partitions: count })
  producer = await createSafeProducer({ connection: kafka, topic })
}

/** Posts over two hours, confirmed by the broker. */
async function produce(count: number): Promise<void> {
  const batches = Array.from({ length: partitions }, (_, partition) => ({ partition, messages: [] as Outgoing[] }))
  for (let i = 0; i < count; i++) {
    const id = `x:${produced.length}`
    produced.push(id)
    const post = postOf(id, SEVEN + (i % 120) * 60_000)
    const key = Buffer.from(id)
    batches[partitionOf(key, partitions)]!.messages.push({ key, value: encodePost(post), timestamp: post.created_at })
  }
  await producer.send(batches)
}

type Outgoing = Parameters<SafeProducer['send']>[0][number]['messages'][number]

class ArchiveProcess {
  readonly #child: ChildProcess
  readonly ended: Promise<unknown>
  /** At which step it killed itself. */
  died: string | undefined
  commits = 0
  #onLine = () => {}

  /** `group`: what a killed member leaves behind makes its group wait for ten seconds; another group does not. */
  constructor(options: { group?: string; fate?: { step: string; death: Death } } = {}) {
    const { group = config.kafka.groupPrefix, fate } = options
    const its: Config = { ...config, kafka: { ...config.kafka, groupPrefix: group } }
    const main = fileURLToPath(new URL('archive-process.ts', import.meta.url))
    const args = [main, JSON.stringify(its), ...(fate ? [JSON.stringify(fate)] : [])]
    this.#child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    this.ended = once(this.#child, 'close').then(() => {
      running.delete(this)
      events.emit('said')
    })
    running.add(this)
    createInterface({ input: this.#child.stdout! }).on('line', (line) => {
      const said = JSON.parse(line) as { died?: string; to?: number }
      if (said.died) this.died = said.died
      if (said.to !== undefined) this.commits++
      this.#onLine()
      events.emit('said')
    })
  }

  get signal(): NodeJS.Signals | null {
    return this.#child.signalCode
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.ended
  }

  async stop(): Promise<number | null> {
    this.#child.kill('SIGTERM')
    await this.ended
    return this.#child.exitCode
  }

  /** Resolves when it has made so many commits more, or has ended. */
  async after(commits: number): Promise<void> {
    const wanted = this.commits + commits
    const reached = new Promise<void>((resolve) => {
      this.#onLine = () => {
        if (this.commits >= wanted) resolve()
      }
    })
    await Promise.race([reached, this.ended])
  }
}

/** Resolves when the lake has what Kafka has: looks after each commit of any worker. */
async function untilArchived(): Promise<void> {
  const targets = await fetchOffsets(kafka, topic)
  const place = { store, layout: layoutAt(config.lake.root), stream: 'posts' } as const
  for (;;) {
    const next = once(events, 'said')
    const reached = await Promise.all(
      [...targets].map(async ([partition, { high }]) => (await archivedTo(place, partition)) >= high),
    )
    if (reached.every(Boolean)) return
    expect(running.size).toBeGreaterThan(0)
    await next
  }
}

/** The ids that Kafka has, read from its beginning: also what a producer stored twice. */
async function idsInKafka(): Promise<string[]> {
  const targets = await fetchOffsets(kafka, topic)
  const waiting = new Set([...targets].filter(([, { high }]) => high > 0).map(([partition]) => partition))
  const ids: string[] = []
  const done = new AbortController()
  await readPartitions(kafka, {
    groupId: `${config.kafka.groupPrefix}truth`,
    topic,
    tickMs: 1_000,
    logger: silentLogger,
    signal: done.signal,
    open: (partition) => ({
      start: async () => 0,
      take: async ({ messages, to }) => {
        for (const message of messages) ids.push(message.key!.toString())
        if (to >= targets.get(partition)!.high) waiting.delete(partition)
        if (waiting.size === 0) done.abort()
        return undefined
      },
      tick: async () => undefined,
      close: async () => undefined,
    }),
  })
  return ids.sort()
}

async function expectEveryRecordOnce(): Promise<void> {
  const layout = layoutAt(config.lake.root)
  const inLake = idsOf(await readLake(store, layout))
  expect(inLake).toEqual(await idsInKafka())
  expect(new Set(inLake)).toEqual(new Set(produced))
  for (const [partition, { high }] of await fetchOffsets(kafka, topic)) {
    let at = 0
    for await (const entry of readLog({ store, layout, stream: 'posts' }, partition)) {
      expect(entry.from).toBe(at)
      at = entry.to
    }
    expect(at).toBe(high)
  }
}

describe('an archive worker that is killed', () => {
  // dead after one step is dead before the next
  const steps: readonly (readonly [name: string, step: string, deaths: readonly Death[]])[] = [
    ['writing the first hour’s file', '^create .*T07-1', ['before', 'partway', 'after']],
    ['writing the last hour’s file', '^create .*T08-1', ['partway', 'after']],
    ['writing the commit entry', '^create .*entry', ['partway', 'after']],
    ['making the directory of the log', '^makeDirs .*/commits/', ['after']],
    ['committing', '^rename .*entry', ['after']],
    ['making the directory of an hour', '^makeDirs .*/records/.*07$', ['after']],
    ['renaming the first hour’s file', '^rename .*T07', ['after']],
    ['renaming the last hour’s file', '^rename .*T08', ['after']],
    ['writing the hint', '^create .*/[0-9]+-1$', ['partway']],
    ['replacing the hint', '^replace .*_last', ['after']],
    ['clearing up', '^delete ', ['after']],
  ]

  it('at each step of a commit leaves a lake that the next one makes whole', async () => {
    await openTopic(1)
    let incarnation = 0
    for (const [name, step, deaths] of steps) {
      for (const death of deaths) {
        await produce(240)
        const worker = new ArchiveProcess({
          group: `${config.kafka.groupPrefix}${++incarnation}.`,
          fate: { step, death },
        })
        await worker.ended
        expect(worker.died, `${death} ${name}`).toMatch(new RegExp(step))
        expect(worker.signal).toBe('SIGKILL')
      }
    }
    await produce(240)
    const last = new ArchiveProcess({ group: `${config.kafka.groupPrefix}last.` })
    await untilArchived()
    expect(await last.stop()).toBe(0)
    await expectEveryRecordOnce()
  })

  it('at random, with broker, NameNode and DataNode killed too, loses and repeats nothing', async () => {
    await openTopic(4)
    let workers = [new ArchiveProcess(), new ArchiveProcess()]
    let producing = true
    const production = (async () => {
      while (producing) {
        await produce(100)
        await sleep(50) // some thousand a second: the test is about deaths, not about rates
      }
    })()
    const restart = async (name: 'kafka-1' | 'hdfs-namenode' | 'hdfs-datanode-1') => {
      await own.stack.service(name).kill()
      await own.stack.service(name).start()
    }
    const replace = async (i: number) => {
      await workers[i]!.kill()
      workers = workers.with(i, new ArchiveProcess())
    }
    const deaths: readonly (() => Promise<void>)[] = [
      () => replace(0),
      () => restart('hdfs-datanode-1'),
      () => replace(1),
      () => restart('hdfs-namenode'),
      () => restart('kafka-1'),
      () => replace(0),
    ]
    for (const death of deaths) {
      await Promise.race(workers.map((worker) => worker.after(1 + Math.floor(Math.random() * 8))))
      await death()
    }
    producing = false
    await production
    await untilArchived()
    expect(await Promise.all(workers.map((worker) => worker.stop()))).toEqual([0, 0])
    expect(produced.length).toBeGreaterThan(5_000)
    await expectEveryRecordOnce()
  }, 600_000)
})
