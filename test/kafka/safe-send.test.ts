import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createPartitionQueue, type OutgoingMessage } from '../../kafka/safe-send.ts'

const message = (number: number, bytes = 10): OutgoingMessage => ({
  key: null,
  value: Buffer.concat([Buffer.from(`${number};`), Buffer.alloc(bytes)]),
  timestamp: number,
})

/** A log that stores what it is given, after a turn of the event loop; `failAt`: the call that fails. */
function createLog(failAt = Number.POSITIVE_INFINITY) {
  const stored: number[] = []
  const batches: number[] = []
  let calls = 0
  let running = 0
  let overlapped = false
  const store = async (messages: readonly OutgoingMessage[]) => {
    overlapped ||= running > 0
    running++
    await new Promise(setImmediate)
    running--
    if (++calls >= failAt) throw new Error('no')
    batches.push(messages.reduce((sum, { value }) => sum + value.length, 0))
    stored.push(...messages.map(({ timestamp }) => timestamp))
    return stored.length - messages.length
  }
  return { store, stored, batches, overlapped: () => overlapped }
}

describe('the queue of a partition', () => {
  it('stores everything in order, one batch at a time, none larger than allowed, and says where', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.nat(150), { maxLength: 6 }), { maxLength: 12 }),
        fc.constantFrom(0, 1),
        async (adds, lingerMs) => {
          const log = createLog()
          let waiting = 0
          const queue = createPartitionQueue({
            batchBytesMax: 400,
            lingerMs,
            store: log.store,
            released: (bytes) => {
              waiting -= bytes
            },
          })
          let number = 0
          const answers = adds.map((sizes) => {
            const messages = sizes.map((bytes) => message(number++, bytes))
            waiting += messages.reduce((sum, { value }) => sum + value.length, 0)
            return queue.add(messages).then((runs) => ({ messages, runs }))
          })
          await queue.drained()
          expect(log.stored).toEqual([...log.stored.keys()])
          expect(log.stored).toHaveLength(number)
          expect(log.overlapped()).toBe(false)
          expect(Math.max(0, ...log.batches)).toBeLessThanOrEqual(400)
          expect(waiting).toBe(0)
          for (const { messages, runs } of await Promise.all(answers)) {
            const offsets = runs.flatMap(({ baseOffset, messages: count }) =>
              Array.from({ length: count }, (_, i) => baseOffset + i),
            )
            expect(offsets).toEqual(messages.map(({ timestamp }) => timestamp))
          }
        },
      ),
      { numRuns: 60 },
    )
  })

  it('puts small adds together instead of storing each alone', async () => {
    const log = createLog()
    const queue = createPartitionQueue({ batchBytesMax: 10_000, lingerMs: 5, store: log.store, released: () => {} })
    await Promise.all(Array.from({ length: 20 }, (_, i) => queue.add([message(i)])))
    expect(log.batches).toHaveLength(1)
  })

  it('lets nothing pass behind a failure: what waits fails, and what comes later too', async () => {
    const log = createLog(2)
    let released = 0
    const queue = createPartitionQueue({
      batchBytesMax: 100,
      lingerMs: 0,
      store: log.store,
      released: (bytes) => {
        released += bytes
      },
    })
    const answers = [0, 1, 2].map((number) => queue.add([message(number, 60)]))
    expect(await Promise.allSettled(answers)).toMatchObject([
      { status: 'fulfilled' },
      { status: 'rejected' },
      { status: 'rejected' },
    ])
    await expect(queue.add([message(3, 60)])).rejects.toThrow('no')
    expect(log.stored).toEqual([0])
    expect(released).toBe(4 * 62)
  })
})
