import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hashBytes } from '../../../model/count/byte-table.ts'
import { KeyKernel, kindInKey, REFUSED } from '../../../model/count/key-kernel.ts'
import { keyOf } from '../../../model/terms/key.ts'
import keys from '../../golden/terms/keys.json' with { type: 'json' }
import { unicodeTexts } from '../terms/nasty-texts.ts'

const kernel = new KeyKernel()

/** undefined: refused. */
function made(shown: string): string | undefined {
  const bytes = Buffer.from(`-${shown}-`)
  if (!kernel.make(bytes, 1, bytes.length - 1)) return undefined
  expect(kernel.hash).toBe(hashBytes(kernel.bytes, 0, kernel.length))
  return Buffer.from(kernel.bytes.subarray(0, kernel.length)).toString()
}

function expectSame(shown: string): void {
  const key = made(shown)
  if (key !== undefined) expect(key, shown).toBe(keyOf(shown))
}

describe('the key of a spelling from its bytes', () => {
  it('is what the key of the string is, or is refused', () => {
    fc.assert(fc.property(unicodeTexts, expectSame), { numRuns: 1_000 })
    for (const [shown] of keys.samples) expectSame(shown!)
  })

  it('is made for the words of many scripts', () => {
    const words = [
      'News',
      'fête',
      'новости',
      'ελλάδα',
      'خبر',
      'חדשות',
      '新聞',
      'ニュース',
      'ข่าวเที่ยว',
      'समाचार',
      '뉴스',
      'a_1',
    ]
    expect(words.filter((word) => made(word) === undefined)).toEqual([])
  })

  it('is refused where normalization has something to do, as are bytes that are no text', () => {
    for (const shown of ['e\u0301', 'É', 'Новости', 'ﬁlm', '\u1100\u1161', 'क\u093c', 'ก\u0e48\u0e38']) {
      expect(made(shown), shown).toBeUndefined()
    }
    expect(kernel.make(Uint8Array.of(0x61, 0xc3), 0, 2)).toBe(false)
  })

  it('leaves out every code point that joins what is before it', () => {
    const joining = new Set<number>()
    let left = 0
    for (let code = 0x80; code <= 0x10ffff; code++) {
      if (code >= 0xd800 && code <= 0xdfff) continue
      for (const second of [...String.fromCodePoint(code).normalize('NFD')].slice(1)) {
        joining.add(second.codePointAt(0)!)
      }
      if (kindInKey(code) !== REFUSED) left++
    }
    expect([...joining].filter((code) => kindInKey(code) !== REFUSED)).toEqual([])
    expect(joining.size).toBeGreaterThan(100)
    expect(left).toBeGreaterThan(100_000)
  })
})
