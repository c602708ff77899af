/** How French is written. */

/** @param n a number, or one as it is written: from two on it is many */
export function plural(n: number | string, one: string, many: string): string {
  return Math.abs(Number(n)) < 2 ? one : many
}

const NARROW = '\u202f'
const FIRM = '\u00a0'

/**
 * Spaces that belong to a sign are never broken: narrow before ; ? ! and firm before : » % and behind «, and between a number and its
 * unit. So texts are written with plain spaces.
 */
export function spaced(text: string): string {
  return text
    .replace(/ (?=[;?!](?:\s|$))/g, NARROW)
    .replace(/ (?=[:»%](?:[\s,.;)]|$))/g, FIRM)
    .replace(/« /g, `«${FIRM}`)
    .replace(/(?<=\d) (?=(?:s|min|h|o|ko|Mo|Go|To)(?:[\s,.;)]|$))/g, FIRM)
}

/** All texts of a language, spaced; a function's when it gives one. */
export function allSpaced<Texts>(texts: Texts): Texts {
  return everySpaced(texts) as Texts
}

function everySpaced(value: unknown): unknown {
  if (typeof value === 'string') return spaced(value)
  if (typeof value === 'function') return (...given: unknown[]) => everySpaced(Reflect.apply(value, undefined, given))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, everySpaced(part)]))
}
