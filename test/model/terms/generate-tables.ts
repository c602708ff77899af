/**
 * Writes the frozen tables of `hashtags@2`: `node test/model/terms/generate-tables.ts`. They are data, not code, and were
 * generated once; a test makes them again in memory and holds them to be the same, so nobody edits them by hand.
 *
 * The alphabet is this Node's \p{L}, \p{M} and \p{Nd}; the names of top-level domains are those that twitter-text 3.1.0 was
 * published with.
 */
import { writeFileSync } from 'node:fs'
import twitter from 'twitter-text'

const WIDTH = 116

/** First and last code points of the runs in which `property` holds, as ascending pairs. */
export function rangesOf(property: RegExp): number[] {
  const ranges: number[] = []
  let inside = false
  for (let code = 0; code <= 0x110000; code++) {
    const holds = code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) && property.test(String.fromCodePoint(code))
    if (holds !== inside) ranges.push(inside ? code - 1 : code)
    inside = holds
  }
  return ranges
}

/** Base-36 distances, each from the number before. */
export function packRanges(ranges: readonly number[]): string {
  return ranges.map((bound, index) => (bound - (ranges[index - 1] ?? 0)).toString(36)).join(' ')
}

/** In the published order: regular expressions take the first that fits, so longer names stand before their beginnings. */
function topLevelDomains(): string[] {
  const { regexen } = twitter as unknown as { regexen: Record<'validGTLD' | 'validCCTLD', RegExp> }
  return [regexen.validGTLD, regexen.validCCTLD].flatMap((regex) => {
    const names = /^\(\?:\(\?:([^()]*)\)/.exec(regex.source)?.[1]
    if (!names)
      throw new Error(`twitter-text's list of top-level domains looks different: ${regex.source.slice(0, 80)}`)
    return names.split('|')
  })
}

export const generate = {
  'alphabet-table.ts': () => `/**
 * Frozen: \\p{L} and \\p{M}, and \\p{Nd}, of Unicode 17, as base-36 distances between the bounds of ranges (first and last
 * code point alternate). Written by test/model/terms/generate-tables.ts; alphabet.ts reads it.
 */

${constant('LETTERS_AND_MARKS', packRanges(rangesOf(/[\p{L}\p{M}]/u)))}
${constant('DIGITS', packRanges(rangesOf(/\p{Nd}/u)))}`,
  'top-level-domains.ts': () => `/**
 * Frozen: the top-level domains that end a host name for hashtags@2, in the order in which they are tried. Names given out
 * later are none here: a version never changes meaning. Written by test/model/terms/generate-tables.ts.
 */

${constant('TOP_LEVEL_DOMAINS', topLevelDomains().join(' '))}`,
} as const

function constant(name: string, text: string): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line.length + word.length + 1 > WIDTH - 4) {
      lines.push(`${line} `)
      line = ''
    }
    line += line === '' ? word : ` ${word}`
  }
  lines.push(line)
  return `export const ${name} =\n${lines.map((part) => `  '${part}'`).join(' +\n')}\n`
}

if (import.meta.main) {
  for (const [file, content] of Object.entries(generate)) {
    writeFileSync(new URL(`../../../model/terms/${file}`, import.meta.url), content())
  }
}
