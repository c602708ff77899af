import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readDeadLetter } from '../../ingest/dead-letter.ts'
import { type IngestOptions, ingest } from '../../ingest/pipeline.ts'
import type { PositionStore } from '../../ingest/positions.ts'
import type { Position, RawRecord, Source } from '../../ingest/source.ts'
import { partitionOf } from '../../kafka/partition.ts'
import type { OutgoingMessage, SafeProducer } from '../../kafka/producer.ts'
import { AppError } from '../../model/errors.ts'
import { silentLogger } from '../../model/log.ts'
import { createPostEncoder } from '../../model/streams/encode-post.ts'
import { singleObjectHeader } from '../../model/streams/fingerprint.ts'
import { posts } from '../../model/streams/posts.ts'
import { generate } from '../../model/synthetic/generator.ts'
import { toJsonLine } from '../../model/synthetic/json.ts'

const NOW = Date.UTC(2026, 10, 17)
const encoder = createPostEncoder(singleObjectHeader(posts.schema))
const good = (number: number) => JSON.stringify({ id: `t:${number}`, created_at: NOW - 1_000, text: `#${number}a` })

function sourceOf(batches: readonly (readonly RawRecord[])[]): Source {
  return {
    name: 'test:source',
    kind: 'test',
    async *open(from) {
      for (const [i, records] of batches.entries()) {
        if (i < Number(from ?? 0)) continue
        yield { records, bytes: 10, position: i + 1, positionOf: (index) => ({ batch: i, index }) }
      }
    },
  }
}

/** A topic in memory; `confirm` says when a send is confirmed, or that it never will be. */
function memoryTopic(confirm: () => Promise<void> = async () => {}) {
  const stored: (OutgoingMessage & { readonly partition: number })[] = []
  const producer: SafeProducer = {
    pendingBytes: 0,
    async send(batches) {
      await confirm()
      stored.push(
        ...batches.flatMap(({ partition, messages }) => messages.map((message) => ({ ...message, partition }))),
      )
      return []
    },
    room: async () => {},
    close: async () => {},
    [Symbol.asyncDispose]: async () => {},
  }
  return { producer, stored, ids: () => stored.map(({ key }) => String(key)) }
}

function memoryPositions(onSave: (position: Position) => void = () => {}) {
  const saved = new Map<string, Position>()
  const store: PositionStore = {
    load: async (source) => saved.get(source),
    async save(source, position) {
      await new Promise(setImmediate)
      onSave(position)
      saved.set(source, position)
    },
  }
  return { store, saved }
}

function run(source: Source, more: Partial<IngestOptions> = {}) {
  return ingest({
    source,
    producer: memoryTopic().producer,
    deadLetters: memoryTopic().producer,
    partitions: 4,
    encoder,
    positions: memoryPositions().store,
    clock: () => NOW,
    futureMaxMs: 60_000,
    logger: silentLogger,
    signal: new AbortController().signal,
    ...more,
  })
}

describe('the way of a record', () => {
  it('ends in its partition, as a notice, or as a dead letter with where and why; all are counted', async () => {
    const topic = memoryTopic()
    const letters = memoryTopic()
    const late = JSON.stringify({ id: 't:late', created_at: NOW + 60_001, text: 'tomorrow' })
    const records = [
      good(1),
      '{"limit":{"track":1}}',
      '',
      'no json',
      Buffer.from([0xff, 0xfe]),
      { overlong: true as const, head: Buffer.from('{"id":'), bytes: 2_000_000 },
      late,
      JSON.stringify({ id: 't:old', created_at: '2006-03-20T00:00:00Z', text: 'too old' }),
      good(2),
    ]
    const progress = await run(sourceOf([records]), { producer: topic.producer, deadLetters: letters.producer })
    expect(topic.ids().toSorted()).toEqual(['t:1', 't:2'])
    for (const { key, partition, timestamp } of topic.stored) {
      expect(partition).toBe(partitionOf(key!, 4))
      expect(timestamp).toBe(NOW - 1_000)
    }
    expect(progress).toMatchObject({
      records: 9,
      posts: 2,
      sending: 0,
      deadLetters: 5,
      notices: { 'keep-alive': 1, limit: 1 },
      reasons: { 'not JSON': 1, 'not UTF-8': 1, created_at: 2 },
    })
    const read = letters.stored.map(({ value }) => readDeadLetter(value)!)
    const base = { source: 'test:source', code: 'bad-record', at: new Date(NOW).toISOString() }
    expect(read).toMatchObject([
      { ...base, position: { batch: 0, index: 3 }, raw: 'no json', encoding: 'utf8', cut: false },
      { ...base, position: { batch: 0, index: 4 }, raw: '//4=', encoding: 'base64', cut: false },
      { ...base, position: { batch: 0, index: 5 }, raw: '{"id":', cut: true, bytes: 2_000_000 },
      { ...base, position: { batch: 0, index: 6 }, raw: late },
      { ...base, position: { batch: 0, index: 7 } },
    ])
  })

  it('sends all posts of a line or none', async () => {
    const topic = memoryTopic()
    const letters = memoryTopic()
    const id = (n: number) => `159000000000000000${n}`
    const page = {
      data: [
        { id: id(1), text: 'good' },
        { id: id(2), text: 'bad', created_at: '1999-01-01T00:00:00Z' },
      ],
    }
    await run(sourceOf([[JSON.stringify(page)]]), { producer: topic.producer, deadLetters: letters.producer })
    expect([topic.stored.length, letters.stored.length]).toEqual([0, 1])
  })

  it('keeps a dead letter small enough for a broker, whatever it holds', async () => {
    const letters = memoryTopic()
    const nasty = ['\u0001'.repeat(500_000), '\ud83d'.repeat(300_000), 'é'.repeat(290_000), 'x'.repeat(900_000)]
    await run(sourceOf([nasty]), { deadLetters: letters.producer })
    expect(letters.stored.map(({ value }) => value.length < 1_000_000)).toEqual([true, true, true, true])
    expect(letters.stored.map(({ value }) => readDeadLetter(value)?.cut)).toEqual([true, true, false, true])
  })

  it('puts all copies of an id into one partition', async () => {
    const topic = memoryTopic()
    const from = Date.UTC(2026, 10, 16)
    const lines = [...generate({ seed: 1, from, to: NOW, posts: 900, copies: 0.5 })].map(({ post }) => toJsonLine(post))
    await run(sourceOf([lines]), { producer: topic.producer })
    const partitions = new Map<string, Set<number>>()
    for (const { key, partition } of topic.stored) {
      partitions.set(String(key), (partitions.get(String(key)) ?? new Set()).add(partition))
    }
    expect(topic.stored.length).toBe(lines.length)
    expect(partitions.size).toBe(900)
    expect([...partitions.values()].every(({ size }) => size === 1)).toBe(true)
  })
})

describe('the position of a source', () => {
  it('is never saved before everything up to it is confirmed, in whatever order the confirmations come', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(4), { minLength: 1, maxLength: 12 }), async (delays) => {
        let sends = 0
        const topic = memoryTopic(async () => {
          for (let turns = delays[sends++ % delays.length]!; turns > 0; turns--) await new Promise(setImmediate)
        })
        const positions = memoryPositions((position) => {
          const ids = new Set(topic.ids())
          for (let batch = 0; batch < Number(position); batch++) expect(ids.has(`t:${batch}`)).toBe(true)
        })
        const batches = delays.map((_, i) => [good(i)])
        await run(sourceOf(batches), { producer: topic.producer, positions: positions.store })
        expect(positions.saved.get('test:source')).toBe(batches.length)
      }),
      { numRuns: 50 },
    )
  })

  it('waits for dead letters, too', async () => {
    const refused = memoryTopic(async () => {
      throw new AppError('unavailable', 'no')
    })
    const positions = memoryPositions()
    const running = run(sourceOf([[good(1)], ['no json'], [good(2)]]), {
      deadLetters: refused.producer,
      positions: positions.store,
    })
    await expect(running).rejects.toMatchObject({ code: 'unavailable' })
    expect(positions.saved.get('test:source') ?? 1).toBe(1)
  })

  it('is where the next run begins, unless it is told to begin anew', async () => {
    const positions = memoryPositions()
    const batches = [[good(1)], [good(2)]]
    await run(sourceOf(batches.slice(0, 1)), { positions: positions.store })
    const ids = async (again: boolean) => {
      const topic = memoryTopic()
      await run(sourceOf(batches), { positions: positions.store, producer: topic.producer, again })
      return topic.ids()
    }
    expect(await ids(false)).toEqual(['t:2'])
    expect(await ids(true)).toEqual(['t:1', 't:2'])
  })

  it('that cannot be saved ends the run: going on would promise what is not kept', async () => {
    const store: PositionStore = {
      load: async () => undefined,
      save: async () => {
        throw new AppError('unavailable', 'disk full')
      },
    }
    await expect(run(sourceOf([[good(1)]]), { positions: store })).rejects.toThrow('disk full')
  })
})
