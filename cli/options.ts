/** Options that several commands have, and the parsing of their values. */
import { InvalidArgumentError } from 'commander'
import { BOARD_NAMES, type BoardName } from '../model/boards.ts'

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

export function boardName(text: string): BoardName {
  const found = BOARD_NAMES.find((name) => name === text)
  if (!found) throw new InvalidArgumentError(`Boards are: ${BOARD_NAMES.join(', ')}.`)
  return found
}

/** Without the options that were not given: what was said before them stays. */
export function defined<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}
