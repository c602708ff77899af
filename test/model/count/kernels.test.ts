import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hashBytes } from '../../../model/count/byte-table.ts'
import { kernelFor } from '../../../model/count/kernels.ts'
import { SignCursor } from '../../../model/count/sign-cursor.ts'
import { type Extractor, extractorNamed } from '../../../model/terms/index.ts'
import hashtags1Cases from '../../golden/terms/hashtags-1.json' with { type: 'json' }
import hashtags2Cases from '../../golden/terms/hashtags-2.json' with { type: 'json' }
import { nastyTexts } from '../terms/nasty-texts.ts'

const golden = [...hashtags1Cases, ...hashtags2Cases].map(({ text }) => text)

/** What may stand around a text in a block: it must not be looked at. */
const surroundings = fc.constantFrom('', '#', 'a', '#a', ' ', '＃', '://', 'é')

describe.each(['hashtags@1', 'hashtags@2'])('the kernel of %s', (name) => {
  const extractor = extractorNamed(name)

  test('finds what the reference finds, in every golden text', () => {
    for (const text of golden) expectAgreement(extractor, Buffer.from(text))
  })

  test('finds what the reference finds, in texts of nasty pieces, wherever they lie in a block', () => {
    fc.assert(
      fc.property(nastyTexts, surroundings, surroundings, (text, before, after) => {
        const block = Buffer.from(before + text.toWellFormed() + after)
        expectAgreement(extractor, block, Buffer.byteLength(before), block.length - Buffer.byteLength(after))
      }),
      { numRuns: 3000 },
    )
  })

  test('never disagrees and never fails on texts whose bytes were damaged', () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(fc.oneof(nastyTexts, fc.constantFrom(...golden)), damage, fc.nat(3), (text, changes, cut) => {
        const bytes = Buffer.from(text)
        if (bytes.length === 0) return
        for (const [place, byte] of changes) bytes[place % bytes.length] = byte
        expectAgreement(extractor, bytes.subarray(0, Math.max(0, bytes.length - cut)))
      }),
      { numRuns: 3000 },
    )
  })

  test('answers for ordinary texts itself', () => {
    for (const text of ['plain', 'see #this and (#that)', '🎉#party #été #東京。', 'https://example.org/page #link']) {
      expect(countWithKernel(extractor, Buffer.from(text)), text).toEqual(extractor.extract(text))
    }
  })
})

test('the kernel of hashtags@2 refuses what may be inside a link, and malformed bytes beside a sign', () => {
  const extractor = extractorNamed('hashtags@2')
  for (const text of ['https://example.org/#a', 'tea/#coffee', 'why?#a', `${'。'.repeat(90)}#far`]) {
    expect(countWithKernel(extractor, Buffer.from(text)), text).toBe('refused')
  }
  for (const hex of ['c323', '2361c3', '23ed a0 80', '80 23 61', '23 f4 90 80 80', '23 c0 80', 'ef bc'].slice(0, -1)) {
    const bytes = Buffer.from(`${hex.replaceAll(' ', '')}61`, 'hex')
    expect(countWithKernel(extractor, bytes), hex).toBe('refused')
  }
})

/** The kernel's terms, or the reference's where it refuses, must be the reference's on the decoded text. */
function expectAgreement(extractor: Extractor, bytes: Buffer, start = 0, end = bytes.length): void {
  const counted = countWithKernel(extractor, bytes, start, end)
  if (counted === 'refused') return
  expect(counted).toEqual(extractor.extract(bytes.toString('utf8', start, end)))
}

function countWithKernel(extractor: Extractor, bytes: Buffer, start = 0, end = bytes.length): string[] | 'refused' {
  const kernel = kernelFor(extractor)!
  const signs = new SignCursor(kernel.fullWidth)
  signs.begin(bytes)
  const terms: string[] = []
  const sink = {
    add(from: Uint8Array, first: number, last: number, hash: number) {
      expect(hash).toBe(hashBytes(from, first, last))
      terms.push(bytes.toString('utf8', first, last))
    },
  }
  return kernel.count(bytes, start, end, signs, sink) ? terms : 'refused'
}
