/** The stack's own promise: each service keeps what it has acknowledged through kill -9, and `up` brings back what is missing. */
import { MongoClient } from 'mongodb'
import { describe, expect, it } from 'vitest'
import type { Config } from '../../app/config.ts'
import { ensureTopic, fetchOffsets } from '../../kafka/admin.ts'
import { createKafka, type KafkaConnection } from '../../kafka/client.ts'
import { createSafeProducer } from '../../kafka/producer.ts'
import { WebHdfsStore } from '../../lake/webhdfs/webhdfs-store.ts'
import { silentLogger } from '../../model/log.ts'
import { Stack } from '../../stack/stack.ts'
import { connectClient } from '../../temporal/connection.ts'
import { isolatedConfig, startOwnStack } from '../services.ts'

describe('a stack', () => {
  it('keeps what every service has acknowledged through kill -9 of all of them', async () => {
    await using own = await startOwnStack()
    const config = isolatedConfig(own.addresses)
    const services = keepers(config)
    for (const { name, write } of services) await inTime(name, write())

    const pidsBefore = await pids(own.stack)
    await own.stack.up()
    expect(await pids(own.stack), 'a second up starts nothing').toEqual(pidsBefore)

    await Promise.all(own.stack.processNames.map((name) => own.stack.service(name).kill()))
    expect((await own.stack.status()).map(({ state }) => state)).toEqual(own.stack.processNames.map(() => 'down'))
    await own.stack.up()
    for (const { name, read } of services) expect(await inTime(name, read()), name).toBe('kept')
    for (const { name, forget, read } of services) {
      if (forget === undefined) continue
      await forget()
      expect(await read(), `the twin: ${name} can lose it`).toBe('lost')
    }
  })

  it('goes on without one broker of three and one DataNode of two, and takes them back', async () => {
    await using own = await startOwnStack({ services: ['kafka', 'hdfs'], brokers: 3, datanodes: 2 })
    const config = isolatedConfig(own.addresses)
    await using lake = new WebHdfsStore({ url: config.lake.url, user: config.lake.user })
    await lake.create('/before', [Buffer.from('kept')])
    const kafka = createKafka(config, 'test', silentLogger)
    await ensureTopic(kafka, 'kept', ONE_PARTITION)
    await Promise.all([own.stack.service('kafka-2').kill(), own.stack.service('hdfs-datanode-1').kill()])

    // Another Stack on the folder sees the same, as another process would.
    const seen = new Stack({ dataDir: own.stack.dataDir, cacheDir: own.stack.dataDir, environment: {} })
    const down = (await seen.status()).filter(({ state }) => state === 'down').map(({ name }) => name)
    expect(down).toEqual(['kafka-2', 'hdfs-datanode-1'])

    expect((await lake.read('/before')).toString()).toBe('kept')
    await lake.create('/after', [Buffer.from('kept')])
    await send(kafka, 'kept')

    await own.stack.up()
    expect((await own.stack.status()).every(({ state }) => state === 'up')).toBe(true)
    expect((await lake.read('/after')).toString()).toBe('kept')
    expect(await highOf(kafka, 'kept')).toBe(1)
  })
})

const ONE_PARTITION = { partitions: 1, replication: 0, retentionBytes: -1 }

interface Keeper {
  readonly name: string
  write(): Promise<void>
  read(): Promise<'kept' | 'lost'>
  /** Makes `read` say lost: shows that it looks at what was written. */
  forget?(): Promise<void>
}

function keepers(config: Config): readonly Keeper[] {
  const kept = (is: boolean) => (is ? 'kept' : 'lost')
  const lake = new WebHdfsStore({ url: config.lake.url, user: config.lake.user })
  const kafka = createKafka(config, 'test', silentLogger)
  const topic = `${config.kafka.topicPrefix}kept`
  const withCollection = async <T>(
    work: (c: ReturnType<ReturnType<MongoClient['db']>['collection']>) => Promise<T>,
  ) => {
    const client = new MongoClient(config.mongo.uri)
    try {
      return await work(client.db(config.mongo.database).collection('kept'))
    } finally {
      await client.close()
    }
  }
  return [
    {
      name: 'HDFS',
      write: () => lake.create('/kept', [Buffer.from('kept')]),
      read: async () =>
        kept((await lake.stat('/kept')) !== undefined && (await lake.read('/kept')).toString() === 'kept'),
      forget: async () => void (await lake.delete('/kept')),
    },
    {
      name: 'MongoDB',
      write: async () => void (await withCollection((c) => c.insertOne({ n: 1 }, { writeConcern: { w: 'majority' } }))),
      read: async () => kept((await withCollection((c) => c.countDocuments({ n: 1 }))) === 1),
      forget: async () => void (await withCollection((c) => c.deleteMany({}))),
    },
    {
      name: 'Kafka',
      write: async () => {
        await ensureTopic(kafka, topic, ONE_PARTITION)
        await send(kafka, topic)
      },
      read: async () => kept((await highOf(kafka, topic)) === 1),
    },
    {
      name: 'Temporal',
      write: async () => {
        await using temporal = await connectClient(config.temporal, { patienceMs: 10_000 })
        await temporal.client.workflow.start('kept', { taskQueue: 'nobody', workflowId: 'kept' })
      },
      read: async () => {
        await using temporal = await connectClient(config.temporal, { patienceMs: 10_000 })
        const described = await temporal.client.workflow.getHandle('kept').describe()
        return kept(described.status.name === 'RUNNING')
      },
      forget: async () => {
        await using temporal = await connectClient(config.temporal, { patienceMs: 10_000 })
        await temporal.client.workflow.getHandle('kept').terminate()
      },
    },
  ]
}

async function send(kafka: KafkaConnection, topic: string): Promise<void> {
  await using producer = await createSafeProducer({ connection: kafka, topic, giveUpMs: 60_000 })
  await producer.send([{ partition: 0, messages: [{ key: null, value: Buffer.from('kept'), timestamp: 0 }] }])
}

async function highOf(kafka: KafkaConnection, topic: string): Promise<number | undefined> {
  return (await fetchOffsets(kafka, topic)).get(0)?.high
}

async function pids(stack: Stack): Promise<readonly (number | undefined)[]> {
  return (await stack.status()).map(({ pid }) => pid)
}

async function inTime<T>(name: string, work: Promise<T>): Promise<T> {
  const timeOut = new Promise<never>((_, reject) => {
    AbortSignal.timeout(60_000).addEventListener('abort', () => reject(new Error(`${name} does not answer`)))
  })
  return Promise.race([work, timeOut])
}
