import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ByteTable, compareSlices, hashBytes } from '../../../model/count/byte-table.ts'

const words = fc.array(fc.string({ maxLength: 5 }), { maxLength: 200 })

test('equal bytes have the same id, ids count up from 0, and the arena gives the bytes back', () => {
  fc.assert(
    fc.property(words, (texts) => {
      const table = new ByteTable()
      const model = new Map<string, number>()
      for (const text of texts) {
        const id = intern(table, text)
        expect(id).toBe(model.get(text) ?? model.size)
        model.set(text, id)
      }
      expect(table.size).toBe(model.size)
      for (const [text, id] of model) expect(sliceOf(table, id)).toBe(text)
    }),
  )
})

test('it grows past its first size', () => {
  const table = new ByteTable()
  for (let n = 0; n < 20_000; n++) if (intern(table, `term number ${n}`) !== n) expect.unreachable()
  for (let n = 0; n < 20_000; n += 97) expect(intern(table, `term number ${n}`)).toBe(n)
  expect(sliceOf(table, 19_999)).toBe('term number 19999')
})

test('slices compare as buffers do', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
      expect(Math.sign(compareSlices(a, 0, a.length, b, 0, b.length))).toBe(Buffer.compare(a, b))
    }),
  )
})

function intern(table: ByteTable, text: string): number {
  const bytes = Buffer.from(text)
  return table.intern(bytes, 0, bytes.length, hashBytes(bytes, 0, bytes.length))
}

function sliceOf(table: ByteTable, id: number): string {
  return Buffer.from(table.arena.buffer).toString('utf8', table.starts[id], table.starts[id + 1])
}
