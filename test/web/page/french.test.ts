import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { plural, spaced } from '../../../web/page/text/french.ts'
import { texts } from '../../../web/page/text/index.ts'

const N = '\u202f'
const F = '\u00a0'

describe('French spaces', () => {
  it.each([
    ['Quel hashtag ?', `Quel hashtag${N}?`],
    ['direct ; définitif : « oui » !', `direct${N}; définitif${F}: «${F}oui${F}»${N}!`],
    ['« tendance hourly », puis (« rien »).', `«${F}tendance hourly${F}», puis («${F}rien${F}»).`],
    ['12 s, 3 min 5 s de retard, 24 h', `12${F}s, 3${F}min 5${F}s de retard, 24${F}h`],
    ['à 8:00 sur http://127.0.0.1:8420/?a=b', 'à 8:00 sur http://127.0.0.1:8420/?a=b'],
  ])('%s', (plain, firm) => {
    expect(spaced(plain)).toBe(firm)
  })

  it('once put stay as they are', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(' ', ':', ';', '?', '«', '»', '1', 's', 'é', '.') }), (text) => {
        expect(spaced(spaced(text))).toBe(spaced(text))
        expect(spaced(text).replace(/[\u00a0\u202f]/g, ' ')).toBe(text)
      }),
    )
  })
})

/** Every text there is, with where it stands; functions are given something of each. */
function* textsOf(value: unknown, path = ''): Generator<readonly [path: string, text: string]> {
  if (typeof value === 'string') yield [path, value]
  else if (typeof value === 'function') {
    for (const given of ['2', '1']) yield* textsOf(call(value as AnyText, given), path)
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, part] of Object.entries(value)) yield* textsOf(part, path ? `${path}.${name}` : name)
  }
}

type AnyText = (...given: unknown[]) => unknown

function call(text: AnyText, given: unknown): unknown {
  const parameters = Array.from({ length: 4 }, () => given)
  try {
    return text(...parameters)
  } catch {
    return text(...parameters.map(() => [1, 2]))
  }
}

const { facts: _, ...ofThePage } = texts.fr
const found = [...textsOf(ofThePage)]

describe('the French texts', () => {
  it('are all looked at', () => {
    const count = (value: unknown): number =>
      typeof value === 'object' && value !== null
        ? Object.values(value).reduce((sum: number, part) => sum + count(part), 0)
        : 1
    expect(new Set(found.map(([path]) => path)).size).toBe(count(ofThePage))
  })

  it('have no space that could be broken before a sign, and no straight apostrophe', () => {
    const wrong = found.filter(([, text]) => / [:;?!»%]|« |\p{L}'\p{L}/u.test(text))
    expect(wrong).toEqual([])
  })

  it('are not English', () => {
    const english = /\b(the|is|are|of|and|not|with|was|has)\b/i
    expect(found.filter(([, text]) => english.test(text))).toEqual([])
    const { facts: _, ...others } = texts.en
    expect([...textsOf(others)].filter(([, text]) => english.test(text)).length).toBeGreaterThan(50)
  })
})

it('one and nothing are singular, two are many', () => {
  expect([0, 1, '0', '1', 1.5, -1].map((n) => plural(n, 'one', 'many'))).toEqual(Array(6).fill('one'))
  expect([2, '2', '12\u202f345', 1_000_000].map((n) => plural(n, 'one', 'many'))).toEqual(Array(4).fill('many'))
})
