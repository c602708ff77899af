/**
 * Host names as twitter-text's rule for links sees them, in any script.
 *
 *   host  = { label "." } last "." top-level domain
 *   label = a run of host characters, - and _, that neither starts nor ends with - or _ ; `last` has no _
 *
 * As many labels as can be belong to the host, as long as a top-level domain follows. The published form is a regular
 * expression that starts over at every character; here each run of host characters is read once, from its end, so that the
 * time grows with the text and no text can be made to take long.
 */
import { TOP_LEVEL_DOMAINS } from './top-level-domains.ts'

/** Accented Latin letters and combining diacritics that links may have, for the inside of a character class. */
export const LATIN_ACCENTS = [
  '\\xc0-\\xd6\\xd8-\\xf6\\xf8-\\u024f\\u0253\\u0254\\u0256\\u0257\\u0259\\u025b\\u0263\\u0268\\u026f\\u0272\\u0289\\u028b',
  '\\u02bb\\u0300-\\u036f\\u1e00-\\u1eff',
].join('')

const names = TOP_LEVEL_DOMAINS.replaceAll(' ', '|')
const TOP_LEVEL = new RegExp(`(?:${names})(?=[^0-9a-zA-Z@+-]|$)|xn--[-0-9a-z]+`, 'iy')

const SEPARATORS = new Set(
  [
    "!'#%&()*+,\\-./:;<=>?@[]^_{|}~$",
    '\t\n\v\f\r \u0085\u00a0\u1680\u180e\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a',
    '\u2028\u2029\u202f\u205f\u3000\ufffe\ufeff\uffff',
    '\u202a\u202b\u202c\u202d\u202e\u061c\u200e\u200f\u2066\u2067\u2068\u2069',
  ].flatMap((characters) => Array.from(characters, (character) => character.charCodeAt(0))),
)

const DOT = 0x2e
const DASH = 0x2d
const UNDERSCORE = 0x5f

const isHostCharacter = (unit: number): boolean => !SEPARATORS.has(unit)
const isRunCharacter = (unit: number): boolean =>
  unit === DOT || unit === DASH || unit === UNDERSCORE || isHostCharacter(unit)

interface Label {
  /** Position of the full stop behind it. */
  readonly dot: number
  /** Position of its last _, or -1. */
  readonly underscore: number
  /** Whether its last character may end a label. */
  readonly endsWell: boolean
  /** End of the top-level domain right behind the full stop, or -1. */
  readonly topLevelEnd: number
  /** End of the longest host that starts with this whole label, or -1. */
  hostEnd: number
}

interface Run {
  readonly start: number
  readonly end: number
  readonly labels: readonly Label[]
}

/** A function that gives the end of the longest host that starts at a position of `text`, or -1. */
export function createHostMatcher(text: string): (at: number) => number {
  let run: Run = { start: 0, end: 0, labels: [] }
  let next = 0
  let asked = 0
  return (at) => {
    if (at >= text.length || !isHostCharacter(text.charCodeAt(at))) return -1
    if (at < run.start || at >= run.end) {
      run = readRun(text, at)
      next = 0
    } else if (at < asked) {
      next = 0
    }
    asked = at
    while (next < run.labels.length && run.labels[next]!.dot < at) next++
    const label = run.labels[next]
    return label ? hostEndFrom(at, label, run.labels[next + 1]) : -1
  }
}

/** End of the longest host whose first label starts at `start`, a host character, and is `label` from there on. */
function hostEndFrom(start: number, label: Label, after: Label | undefined): number {
  if (!label.endsWell) return -1
  if (after && after.hostEnd >= 0) return after.hostEnd
  return label.underscore < start ? label.topLevelEnd : -1
}

function readRun(text: string, start: number): Run {
  const labels: (Label & { readonly start: number })[] = []
  let from = start
  let underscore = -1
  let end = start
  for (; end < text.length; end++) {
    const unit = text.charCodeAt(end)
    if (!isRunCharacter(unit)) break
    if (unit === UNDERSCORE) underscore = end
    if (unit !== DOT) continue
    const endsWell = end > from && isHostCharacter(text.charCodeAt(end - 1))
    const topLevelEnd = topLevelEndAt(text, end + 1)
    labels.push({ start: from, dot: end, underscore, endsWell, topLevelEnd, hostEnd: -1 })
    from = end + 1
    underscore = -1
  }
  for (let i = labels.length - 1; i >= 0; i--) {
    const label = labels[i]!
    if (isHostCharacter(text.charCodeAt(label.start))) label.hostEnd = hostEndFrom(label.start, label, labels[i + 1])
  }
  return { start, end, labels }
}

function topLevelEndAt(text: string, at: number): number {
  TOP_LEVEL.lastIndex = at
  return TOP_LEVEL.test(text) ? TOP_LEVEL.lastIndex : -1
}

const ASCII_RUN = new RegExp(`[-a-z0-9.${LATIN_ACCENTS}]+`, 'iy')

/**
 * The hosts within `host` whose labels are ASCII or accented Latin, as twitter-text looks for links without a protocol.
 * Their top-level domain may be in any script.
 */
export function asciiHosts(host: string): { readonly start: number; readonly end: number }[] {
  const found: { start: number; end: number }[] = []
  let at = 0
  while (at < host.length) {
    ASCII_RUN.lastIndex = at
    const run = ASCII_RUN.exec(host)?.[0]
    if (run === undefined) {
      at++
      continue
    }
    const labels = labelsFrom(run)
    const end = labels.dots.reduceRight((best, dot) => (best >= 0 ? best : topLevelEndAt(host, at + dot + 1)), -1)
    if (end >= 0) found.push({ start: at, end })
    at = end >= 0 ? end : at + labels.length
  }
  return found
}

/** The full stops behind the first labels of a run up to an empty one, and how far these labels reach. */
function labelsFrom(run: string): { readonly dots: readonly number[]; readonly length: number } {
  const dots: number[] = []
  let from = 0
  for (let dot = run.indexOf('.'); dot > from; dot = run.indexOf('.', from)) {
    dots.push(dot)
    from = dot + 1
  }
  return { dots, length: run[from] === '.' ? from + 1 : run.length }
}
