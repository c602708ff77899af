import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { safeText } from '../../cli/safe-text.ts'

describe('text for a terminal', () => {
  it('has no control character but tab, line feed and our colours', () => {
    const nasty = ['a\x1b]0;owned\x07b', 'red\x1b[2Jx', '\x9b31m', 'a\u202egnp.exe', 'x\ry', '\x00', '\u2066a\u2069']
    expect(nasty.map(safeText)).toEqual([
      'a\\u001b]0;owned\\u0007b',
      'red\\u001b[2Jx',
      '\\u009b31m',
      'a\\u202egnp.exe',
      'x\\u000dy',
      '\\u0000',
      '\\u2066a\\u2069',
    ])
    expect(safeText('\x1b[31mred\x1b[39m\tx\n')).toBe('\x1b[31mred\x1b[39m\tx\n')
    expect(safeText('é 東京 🎉 👩‍👩‍👧 میخواهم \u200f#שלום')).toBe('é 東京 🎉 👩‍👩‍👧 میخواهم \u200f#שלום')
  })

  it('as JSON means what it meant', () => {
    const texts = fc.string({ unit: fc.constantFrom('a', '\x1b', '\x9b', '\u202e', '\u2028', '\x7f', '"', '\\') })
    fc.assert(
      fc.property(texts, (text) => {
        expect(JSON.parse(safeText(JSON.stringify({ text })))).toEqual({ text })
      }),
    )
  })
})
