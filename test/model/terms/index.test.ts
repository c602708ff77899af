import { describe, expect, test } from 'vitest'
import { isAppError } from '../../../model/errors.ts'
import { extractorNamed, extractors } from '../../../model/terms/index.ts'

describe('the registry of extractors', () => {
  test('names say family and version', () => {
    for (const { name, family, version } of extractors) expect(name).toBe(`${family}@${version}`)
    expect(new Set(extractors.map(({ name }) => name)).size).toBe(extractors.length)
  })

  test('an unknown extractor is bad input, and the message lists those there are', () => {
    const ask = () => extractorNamed('hashtags@9')
    expect(ask).toThrow("there is no extractor 'hashtags@9'; there are hashtags@1, hashtags@2")
    try {
      ask()
    } catch (error) {
      expect(isAppError(error, 'bad-input')).toBe(true)
    }
    expect(extractorNamed('hashtags@2').version).toBe(2)
  })
})
