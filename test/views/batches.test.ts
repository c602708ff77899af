import fc from 'fast-check'
import { expect, it } from 'vitest'
import { batchesOf } from '../../views/guard.ts'

it('documents are written in their order, in commands of bounded bytes, each of one document at least', () => {
  const documents = fc.array(
    fc.record({ _id: fc.string({ maxLength: 4 }), keys: fc.string({ maxLength: 60 }), count: fc.nat() }),
    { maxLength: 30 },
  )
  fc.assert(
    fc.property(documents, fc.integer({ min: 1, max: 300 }), (all, bytesMax) => {
      const batches = [...batchesOf(all, bytesMax)]
      expect(batches.flat()).toEqual(all)
      for (const batch of batches) {
        expect(batch.length).toBeGreaterThan(0)
        const bytes = batch.reduce((sum, { _id, keys }) => sum + Buffer.byteLength(_id + keys), 0)
        if (batch.length > 1) expect(bytes).toBeLessThanOrEqual(bytesMax)
      }
    }),
  )
})
