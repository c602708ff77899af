/** Options that several commands have, and the parsing of their values. */
import { InvalidArgumentError } from 'commander'
import { BOARD_NAMES, type BoardName } from '../model/boards.ts'
import { durationOf } from '../model/duration.ts'
import { EXTRACTOR_NAMES, type ExtractorName } from '../model/terms/index.ts'

/** For commander: a whole number of at least `min`. */
export const wholeNumber =
  (min = 0, max = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (!(value >= min && value <= max)) {
      throw new InvalidArgumentError(
        `It must be a whole number from ${min}${max === Number.MAX_SAFE_INTEGER ? '' : ` to ${max}`}.`,
      )
    }
    return value
  }

/** @throws InvalidArgumentError that lists the boards there are */
export function boardName(text: string): BoardName {
  const found = BOARD_NAMES.find((name) => name === text)
  if (!found) throw new InvalidArgumentError(`Boards are: ${BOARD_NAMES.join(', ')}.`)
  return found
}

/** @throws InvalidArgumentError that lists the extractors there are */
export function extractorName(text: string): ExtractorName {
  const found = EXTRACTOR_NAMES.find((name) => name === text)
  if (!found) throw new InvalidArgumentError(`Extractors are: ${EXTRACTOR_NAMES.join(', ')}.`)
  return found
}

/** A length of time, as it was written: `36h`, `7d`, `2w`. @throws InvalidArgumentError */
export function lengthText(text: string): string {
  if (durationOf(text) === undefined) throw new InvalidArgumentError('Write it as 36h, 7d or 2w.')
  return text
}

/** For an option that may be given again: all that were given, each parsed by itself. */
export const collect =
  <T>(parse: (text: string) => T) =>
  (text: string, before: readonly T[] = []): readonly T[] => [...before, parse(text)]

/** Without the options that were not given: what was said before them stays. */
export function defined<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}
