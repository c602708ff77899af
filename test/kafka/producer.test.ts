/** The rules of the safe producer against a scripted client; test/faults/producer.test.ts has the real brokers. */
import type { Kafka, ProducerRecord, RecordMetadata } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { createSafeProducer, type SafeProducerOptions } from '../../kafka/producer.ts'
import { silentLogger } from '../../model/log.ts'
import { NO_WAIT_REPORTS } from '../../model/waiting.ts'

type Answer = 'ok' | 'no entry' | { readonly type: string }

/** A client whose sends end as the script says, then well. */
function scripted(script: readonly Answer[], options: Partial<SafeProducerOptions> = {}) {
  const sends: { readonly producer: number; readonly partitions: number[]; readonly values: string[] }[] = []
  const answers = [...script]
  let producers = 0
  let open = 0
  const kafka = {
    producer() {
      const producer = ++producers
      return {
        connect: async () => {
          open++
        },
        disconnect: async () => {
          open--
        },
        async send({ messages }: ProducerRecord): Promise<Partial<RecordMetadata>[]> {
          await new Promise(setImmediate)
          sends.push({
            producer,
            partitions: [...new Set(messages.map(({ partition }) => partition!))],
            values: messages.map(({ value }) => String(value)),
          })
          const answer = answers.shift() ?? 'ok'
          if (answer === 'no entry') return []
          if (answer !== 'ok') throw Object.assign(new Error(answer.type), answer)
          return [{ partition: messages[0]!.partition!, errorCode: 0, baseOffset: '5' }]
        },
      }
    },
  } as unknown as Kafka
  const connection = {
    kafka,
    brokers: ['test:9092'],
    clientId: 'test',
    security: { tls: undefined, sasl: undefined },
    logger: silentLogger,
    waits: NO_WAIT_REPORTS,
    lastFailure: () => undefined,
  }
  const producer = createSafeProducer({ connection, topic: 't', lingerMs: 0, ...options })
  return { producer, sends, producers: () => producers, open: () => open }
}

const batch = (partition: number, ...values: string[]) => ({
  partition,
  messages: values.map((value) => ({ key: null, value: Buffer.from(value), timestamp: 1 })),
})

describe('the safe producer', () => {
  it('never lets a send span partitions', async () => {
    const { producer, sends } = scripted([])
    const confirmed = await (await producer).send([batch(0, 'a', 'b'), batch(1, 'c'), batch(2, 'd')])
    expect(sends.map(({ partitions }) => partitions)).toEqual([[0], [1], [2]])
    expect(confirmed).toContainEqual({ partition: 0, baseOffset: 5, messages: 2 })
  })

  it('sends the same batch again, before anything that came later, when it was not confirmed', async () => {
    const { producer, sends, producers } = scripted([{ type: 'NOT_LEADER_FOR_PARTITION' }])
    const safe = await producer
    const first = safe.send([batch(0, 'a')])
    await new Promise(setImmediate)
    await Promise.all([first, safe.send([batch(0, 'b')])])
    expect(sends.map(({ values }) => values)).toEqual([['a'], ['a'], ['b']])
    expect(producers()).toBe(1)
  })

  it.each<Answer>(['no entry', { type: 'OUT_OF_ORDER_SEQUENCE_NUMBER' }, { type: 'UNKNOWN_PRODUCER_ID' }])(
    'goes on as a new producer when the broker has lost the sequence (%o)',
    async (answer) => {
      const { producer, sends, producers, open } = scripted([answer])
      const safe = await producer
      await safe.send([batch(0, 'a')])
      expect(sends.map(({ producer: by }) => by)).toEqual([1, 2])
      await safe.close()
      expect({ made: producers(), open: open() }).toEqual({ made: 2, open: 0 })
    },
  )

  it('gives up at once on what trying again cannot change', async () => {
    const { producer, sends } = scripted([{ type: 'MESSAGE_TOO_LARGE' }])
    await expect((await producer).send([batch(0, 'a')])).rejects.toMatchObject({ code: 'internal', retry: 'never' })
    expect(sends).toHaveLength(1)
  })

  it('gives up after the time it was given', async () => {
    const down = { type: 'LEADER_NOT_AVAILABLE' }
    const { producer } = scripted([down, down, down], { giveUpMs: 50 })
    await expect((await producer).send([batch(0, 'a')])).rejects.toThrow(/writing to t\/0, tried for \d+ ms/)
  })

  it('stops trying when it is asked to', async () => {
    const stop = new AbortController()
    const down = Array.from({ length: 100 }, () => ({ type: 'LEADER_NOT_AVAILABLE' }))
    const { producer, sends } = scripted(down, { signal: stop.signal })
    const safe = await producer
    const sent = safe.send([batch(0, 'a')])
    await new Promise(setImmediate)
    stop.abort()
    await expect(sent).rejects.toMatchObject({ code: 'cancelled' })
    expect(sends.length).toBeLessThan(3)
  })

  it('makes callers wait while too much is unconfirmed', async () => {
    const { producer } = scripted([], { pendingBytesMax: 3 })
    const safe = await producer
    const order: string[] = []
    const sent = safe.send([batch(0, 'abcd')]).then(() => order.push('confirmed'))
    await safe.room().then(() => order.push('room'))
    await sent
    expect(order).toHaveLength(2)
    expect(safe.pendingBytes).toBe(0)
    await safe.room()
  })
})
