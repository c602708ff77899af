import { domainToASCII } from 'node:url'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { asciiLabelLength } from '../../../model/terms/punycode-length.ts'

test("a label is as long as Node's own IDNA makes it", () => {
  const lowerCase = fc.constantFrom(...'abcxyz019あいう漢字한국яжёéüאב𠮷')
  const labels = fc.string({ unit: lowerCase, minLength: 1, maxLength: 20 })
  let compared = 0
  fc.assert(
    fc.property(labels, (label) => {
      // Rules about mixing directions are not about length: Node refuses some labels, with ''.
      const ascii = domainToASCII(`a.${label}`).slice(2)
      if (ascii === '') return
      expect(asciiLabelLength(label)).toBe(ascii.length)
      compared++
    }),
    { numRuns: 1000 },
  )
  expect(compared).toBeGreaterThan(100)
})

test('more characters than fit need no encoding to be too long', () => {
  expect(asciiLabelLength('あ'.repeat(64))).toBe(Number.POSITIVE_INFINITY)
  expect(asciiLabelLength('a'.repeat(63))).toBe(63)
})
