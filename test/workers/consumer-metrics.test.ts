/** What is told of reading a topic, with readers that do nothing and a Kafka that is not there. */
import { expect, it } from 'vitest'
import { createMetrics, scrape } from '../../app/metrics.ts'
import { createKafka } from '../../kafka/client.ts'
import { AppError } from '../../model/errors.ts'
import { silentLogger } from '../../model/log.ts'
import type { Batch, PartitionReader } from '../../model/messages.ts'
import { meterConsumer } from '../../workers/metrics/consumer.ts'
import { sampleOf } from '../contract/exported-metrics.ts'
import { testConfig } from '../test-settings.ts'

const batchOf = (partition: number, from: number, to: number, highWatermark: number): Batch => ({
  partition,
  to,
  highWatermark,
  messages: Array.from({ length: to - from }, (_, i) => ({
    offset: from + i,
    timestamp: 0,
    key: null,
    value: Buffer.alloc(0),
  })),
})

const reader: PartitionReader = {
  start: async () => 10,
  take: async () => ({ commit: 5 }),
  tick: async () => undefined,
  close: async () => undefined,
}

/** Kafka is asked on a port where nobody listens: what batches told stands. */
function meter() {
  const metrics = createMetrics()
  const connection = createKafka(testConfig({ TENDANCE_KAFKA_BROKERS: '127.0.0.1:1' }), 'test', silentLogger, 0)
  const consumer = meterConsumer(metrics, { connection, topic: 't', group: 'g' })
  metrics.beforeScrape.length = 0
  const read = async (what: string, labels = {}) => sampleOf(await scrape(metrics), `tendance_consumer_${what}`, labels)
  return { metrics, consumer, read }
}

it('counts messages by the batch, and how far each partition is behind', async () => {
  const { consumer, read } = meter()
  const open = consumer.metered(() => reader)
  const [first, second] = [open(0), open(1)]
  expect(await first.start(undefined, 0)).toBe(10)
  await second.start(undefined, 0)
  expect(await first.take(batchOf(0, 10, 15, 40))).toEqual({ commit: 5 })
  await second.take(batchOf(1, 10, 20, 20))
  expect(await read('messages_total')).toBe(15)
  expect(await read('lag_records', { partition: '0' })).toBe(25)
  expect(await read('lag_records', { partition: '1' })).toBe(0)
  expect(await read('partitions')).toBe(2)
})

it('tells what Kafka had deleted', async () => {
  const { consumer, read } = meter()
  const one = consumer.metered(() => reader)(0)
  await one.start(undefined, 0)
  await one.take({ ...batchOf(0, 30, 31, 31), missing: { from: 10, to: 30 } })
  expect(await read('missing_records_total')).toBe(20)
})

it('forgets a partition that went away, and not the one that came back under another reader', async () => {
  const { consumer, read } = meter()
  const open = consumer.metered(() => reader)
  const [before, after] = [open(0), open(0)]
  await before.start(undefined, 0)
  await after.start(undefined, 0)
  await before.close('lost')
  expect(await read('partitions')).toBe(1)
  await after.close('stopped')
  expect(await read('partitions')).toBe(0)
  expect(await read('lag_records')).toBe(0)
})

it('is ready with partitions, also with none as a spare; not while it joins the group again', async () => {
  const { metrics, consumer, read } = meter()
  const partitions = async () => (await metrics.readiness.read()).conditions.find(({ name }) => name === 'partitions')
  expect(await partitions()).toMatchObject({ ok: false })
  consumer.assigned([0, 3])
  expect(await partitions()).toMatchObject({ ok: true, says: '0, 3' })
  consumer.rejoins(new AppError('fenced', 'another worker has committed'))
  expect(await partitions()).toMatchObject({ ok: false })
  expect(await read('rejoins_total', { reason: 'fenced' })).toBe(1)
  consumer.assigned([])
  expect(await partitions()).toMatchObject({ ok: true })
})
