import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  baseOf,
  type GenerationEntry,
  layoutChangesOf,
  type OffsetSpan,
  straddledChange,
  toLogOffsets,
} from '../../model/generations.ts'

const entry = (number: number, more: Partial<GenerationEntry>): GenerationEntry => ({
  number,
  generation: 1,
  cause: 'first',
  topic: 'posts',
  topicId: 'a',
  partitions: 2,
  bases: {},
  at: number,
  by: 'test',
  reason: 'test',
  ...more,
})
const span = (partition: number, from: number, to: number): OffsetSpan => ({ partition, from, to })

describe('offsets of the log', () => {
  it("are the topic's own and the generation's base of the partition", () => {
    const second = entry(2, { cause: 'adopted', bases: { 0: 10, 1: 20 } })
    expect([baseOf(second, 0), baseOf(second, 1), baseOf(second, 2)]).toEqual([10, 20, 0])
    expect([
      ...toLogOffsets(
        second,
        new Map([
          [0, 5],
          [2, 5],
        ]),
      ),
    ]).toEqual([
      [0, 15],
      [2, 5],
    ])
  })
})

describe('an hour straddles a change of the number of partitions', () => {
  const first = entry(1, {})
  const grown = entry(2, { cause: 'partitions', partitions: 4, begins: { 0: 100, 1: 100 } })
  const settled = entry(3, { cause: 'settled', partitions: 4, ends: { 0: 150, 1: 160, 2: 30, 3: 30 } })
  const whileOpen = layoutChangesOf([first, grown])
  const changes = layoutChangesOf([first, grown, settled])

  it('when it can hold records from before and from after it in several partitions', () => {
    expect(changes).toEqual([{ at: 2, before: 2, after: 4, begins: grown.begins, ends: settled.ends }])
    expect(straddledChange([span(0, 40, 60), span(2, 0, 10)], changes)).toBe(changes[0])
    expect(straddledChange([span(0, 40, 101), span(1, 40, 50)], changes)).toBe(changes[0])
    // appended after the change was noticed, perhaps by a producer that did not know of it yet
    expect(straddledChange([span(0, 120, 130), span(1, 120, 130)], changes)).toBe(changes[0])
  })

  it('not when all is from before it, or all from after it, or all in one partition', () => {
    expect(straddledChange([span(0, 40, 100), span(1, 0, 100)], changes)).toBeUndefined()
    expect(straddledChange([span(0, 150, 170), span(1, 160, 170), span(3, 0, 10)], changes)).toBeUndefined()
    expect(straddledChange([span(0, 0, 170)], changes)).toBeUndefined()
    expect(straddledChange([span(0, 0, 170), span(1, 0, 170)], [])).toBeUndefined()
  })

  it('until it is settled, when anything of it is from after it', () => {
    expect(whileOpen[0]?.ends).toBeNull()
    expect(straddledChange([span(0, 900, 910), span(3, 900, 910)], whileOpen)).toBe(whileOpen[0])
    expect(straddledChange([span(0, 0, 100), span(1, 0, 100)], whileOpen)).toBeUndefined()
  })

  it('when another topic with fewer partitions was adopted: what lies before its beginning is from before', () => {
    const bases = { 0: 51, 1: 61, 2: 71, 3: 81 }
    const adopted = entry(4, { cause: 'adopted', generation: 2, topicId: 'b', bases, begins: bases })
    const [, change] = layoutChangesOf([first, grown, settled, adopted])
    expect(change).toMatchObject({ before: 4, after: 2 })
    expect(straddledChange([span(3, 0, 80), span(0, 51, 60)], [change!])).toBe(change)
    expect(straddledChange([span(3, 0, 80), span(2, 0, 70)], [change!])).toBeUndefined()
  })

  it('whenever records of both layouts are in it, wherever they lie', () => {
    const offset = fc.nat(200)
    const spans = fc.array(fc.record({ partition: fc.nat(3), from: offset, length: fc.integer({ min: 1, max: 40 }) }), {
      minLength: 2,
      maxLength: 8,
    })
    fc.assert(
      fc.property(spans, (made) => {
        const files = made.map(({ partition, from, length }) => span(partition, from, from + length))
        const end = (partition: number) => settled.ends?.[partition] ?? 0
        const begin = (partition: number) => grown.begins?.[partition] ?? 0
        // the true moment of the change lies anywhere between the two bounds
        const middle = (partition: number) => Math.floor((begin(partition) + end(partition)) / 2)
        const old = files.filter(({ partition, from }) => partition < 2 && from < middle(partition))
        const young = files.filter(({ partition, to }) => to > (partition < 2 ? middle(partition) : 0))
        const crosses = old.some((one) => young.some(({ partition }) => partition !== one.partition))
        if (crosses) expect(straddledChange(files, changes)).toBeDefined()
      }),
    )
  })
})
