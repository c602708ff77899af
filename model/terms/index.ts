/** The registry of extractors: a new one is a file beside this and a line here. Versions stay for ever. */
import { AppError } from '../errors.ts'
import type { Extractor } from './extractor.ts'
import { hashtags1 } from './hashtags-1.ts'
import { hashtags2 } from './hashtags-2.ts'

export type { Extractor } from './extractor.ts'

export const extractors = [hashtags1, hashtags2] as const satisfies readonly Extractor[]

export type ExtractorName = (typeof extractors)[number]['name']
export const EXTRACTOR_NAMES: readonly ExtractorName[] = extractors.map((extractor) => extractor.name)

/** @throws AppError `bad-input` that lists the extractors there are. */
export function extractorNamed(name: string): Extractor {
  const found = extractors.find((extractor) => extractor.name === name)
  if (found) return found
  throw new AppError('bad-input', `there is no extractor '${name}'; there are ${EXTRACTOR_NAMES.join(', ')}`, {
    facts: { extractor: name, known: EXTRACTOR_NAMES },
  })
}
