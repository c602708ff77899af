import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hrefOf, readRoute, VIEWS } from '../../../web/page/state/route.ts'

describe('an address', () => {
  it('says what it was made from', () => {
    const names = fc.string({ minLength: 1 }).filter((name) => name !== '__proto__')
    const query = fc.dictionary(names, fc.string({ minLength: 1, unit: 'grapheme' }))
    fc.assert(
      fc.property(fc.constantFrom(...VIEWS), query, (view, given) => {
        const route = readRoute(hrefOf(view, given))
        expect(route.view).toBe(view)
        expect(route.query).toEqual({ ...given })
      }),
    )
  })

  it('leaves away what is not said, and knows what is no view', () => {
    expect(hrefOf('range', { from: undefined, n: 10, to: '' })).toBe('/range?n=10')
    expect(readRoute('/nowhere').view).toBe('missing')
    expect(readRoute('/now').view).toBe('missing')
    expect(readRoute('/hours/?day=#x').view).toBe('hours')
  })
})
