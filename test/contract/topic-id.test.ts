import { setTimeout as delay } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { ensureTopic } from '../../kafka/admin.ts'
import { createKafka } from '../../kafka/client.ts'
import { followPartitionCount } from '../../kafka/partition-count.ts'
import { createSafeProducer } from '../../kafka/producer.ts'
import { openTopicIds } from '../../kafka/topic-id.ts'
import { silentLogger } from '../../model/log.ts'
import { isolatedConfig, services, uniqueName } from '../services.ts'
import { addPartitions, deleteTopic } from './topics.ts'

const SETTINGS = { partitions: 3, replication: 0, retentionBytes: -1 }

it('a topic that is deleted and made anew under the same name has another id; while it is gone there is none', async () => {
  const connection = createKafka(isolatedConfig(services()), 'test', silentLogger)
  const topic = uniqueName('topic-id')
  await using ids = openTopicIds(connection, topic)
  expect(await ids.ask()).toBeUndefined()

  await ensureTopic(connection, topic, SETTINGS)
  const first = await ids.ask()
  expect(first).toEqual({ id: expect.stringMatching(/^[0-9a-f-]{36}$/), partitions: 3 })
  expect(await Promise.all([ids.ask(), ids.ask(), ids.ask()])).toEqual([first, first, first])

  await deleteTopic(connection, topic)
  expect(await ids.ask()).toBeUndefined()

  await ensureTopic(connection, topic, { ...SETTINGS, partitions: 2 })
  const second = await ids.ask()
  expect(second?.partitions).toBe(2)
  expect(second?.id).not.toBe(first?.id)
})

it('brokers that are away are an error that can be tried again later', async () => {
  const config = isolatedConfig(services(), { TENDANCE_KAFKA_BROKERS: '127.0.0.1:9' })
  await using ids = openTopicIds(createKafka(config, 'test', silentLogger), 'any')
  await expect(ids.ask()).rejects.toMatchObject({ code: 'unavailable', retry: 'later' })
})

it('who decides the partition of a record learns of added ones, and the producer writes to them', async () => {
  const connection = createKafka(isolatedConfig(services()), 'test', silentLogger)
  const topic = uniqueName('topic-id')
  await ensureTopic(connection, topic, SETTINGS)
  await using ids = openTopicIds(connection, topic)
  await using count = followPartitionCount({ ids, topic, first: 3, logger: silentLogger, pollMs: 50 })
  await using producer = await createSafeProducer({ connection, topic })
  const messages = [{ key: Buffer.from('a'), value: Buffer.from('b'), timestamp: 1 }]
  await producer.send([{ partition: 0, messages }])
  await addPartitions(connection, topic, 5)
  while (count.now !== 5) await delay(20)
  expect(await producer.send([{ partition: 4, messages }])).toEqual([{ partition: 4, baseOffset: 0, messages: 1 }])
})
