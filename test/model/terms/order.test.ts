import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareCodePoints } from '../../../model/terms/order.ts'
import { unicodeTexts } from './nasty-texts.ts'

const texts = unicodeTexts.map((text) => text.toWellFormed())

test('the order of code points is the order of UTF-8 bytes', () => {
  fc.assert(
    fc.property(texts, texts, (a, b) => {
      expect(Math.sign(compareCodePoints(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)))
    }),
  )
})

test("JavaScript's own order is another one", () => {
  expect('😀' < '＃').toBe(true)
  expect(compareCodePoints('😀', '＃')).toBeGreaterThan(0)
  expect(compareCodePoints('＃', '😀')).toBeLessThan(0)
})
