/** Since when records wait, against a plain record of every arrival. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Backlog } from '../../model/backlog.ts'

it('tells since when the oldest record that is not stored has been there, to a second', () => {
  const step = fc.record({ records: fc.nat({ max: 50 }), ms: fc.nat({ max: 3_000 }), stored: fc.nat({ max: 60 }) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const backlog = new Backlog()
      const arrivedAt: number[] = []
      let [now, stored] = [0, 0]
      for (const { records, ms, stored: more } of steps) {
        now += ms
        for (let i = 0; i < records; i++) arrivedAt.push(now)
        backlog.saw(arrivedAt.length, now)
        stored = Math.min(arrivedAt.length, stored + more)
        const since = backlog.since(stored)
        const truth = arrivedAt[stored]
        if (truth === undefined) expect(since).toBeUndefined()
        else {
          expect(since).toBeLessThanOrEqual(truth)
          expect(truth - since!).toBeLessThan(1_000)
        }
      }
    }),
  )
})

it('keeps a bounded number of marks, and never tells an age too small', () => {
  const backlog = new Backlog()
  for (let i = 0; i < 100_000; i++) backlog.saw(i + 1, i * 1_000)
  expect(backlog.since(0)).toBe(0)
  const since = backlog.since(50_000)!
  expect(since).toBeLessThanOrEqual(50_000_000)
  expect(since).toBeGreaterThan(49_000_000)
})
