/**
 * Where twitter-text sees links, with or without `https://`: a hashtag inside one is none.
 *
 *   url      = before, [ protocol ], host, [ ":" digits ], [ "/" path ], [ "?" query ]
 *   before   = the start of the text, or a character that is not A–Z a–z 0–9 @ ＠ $ # ＃ (it is not part of the link)
 *   host     = { label "." } label "." top-level domain   (see hosts.ts; of paths, url-path.ts)
 *
 * Without a protocol only the ASCII hosts within count (`日本example.com`: `example.com`), and none after - _ . or /; only
 * the last of them has the path, and a query counts only behind a path. Of a t.co link only the slug and a query count.
 */
import { asciiHosts, createHostMatcher } from './hosts.ts'
import { asciiLabelLength, LABEL_LENGTH_MAX } from './punycode-length.ts'
import { pathEnd } from './url-path.ts'

/** UTF-16 positions, the end excluded. */
export interface Span {
  readonly start: number
  readonly end: number
}

const URL_LENGTH_MAX = 4096
const TCO_SLUG_LENGTH_MAX = 40

const QUERY = "\\?[a-z0-9!?*'@();:&=+$/%#\\[\\]\\-_.,~|]*[a-z0-9\\-_&=#/]"

const PROTOCOL = /https?:\/\//iy
const PORT = /:[0-9]+/y
const QUERY_PART = new RegExp(QUERY, 'iy')
const TCO = new RegExp(`^https?://t\\.co/([a-z0-9]+)(?:${QUERY})?`, 'i')
const NOT_BEFORE = /[A-Za-z0-9@＠$#＃\ufffe\ufeff\uffff]/
const NOT_BEFORE_BARE_HOST = /[-_./]/

/** All links of `text`, ascending, none overlapping another. Time grows with the text, not with its square. */
export function findUrls(text: string): Span[] {
  if (!text.includes('.')) return []
  const urls: Span[] = []
  const matchHost = createHostMatcher(text)
  let from = 0
  while (from < text.length) {
    const match = matchFrom(text, from, matchHost)
    if (!match) break
    urls.push(...spansOf(text, match))
    from = match.end
  }
  return urls
}

interface UrlMatch extends Span {
  readonly protocolEnd: number
  readonly hostEnd: number
  readonly hasPath: boolean
}

/** The first place at or after `from` that has the form of a link. The character before it counts as read, too. */
function matchFrom(text: string, from: number, matchHost: (at: number) => number): UrlMatch | undefined {
  for (let before = from; before < text.length; before++) {
    if (!NOT_BEFORE.test(text[before]!)) {
      const match = matchAt(text, before + 1, matchHost)
      if (match) return match
    }
    if (before === 0) {
      const match = matchAt(text, 0, matchHost)
      if (match) return match
    }
  }
  return undefined
}

function matchAt(text: string, start: number, matchHost: (at: number) => number): UrlMatch | undefined {
  const protocolEnd = behind(PROTOCOL, text, start)
  const hostEnd = matchHost(protocolEnd)
  if (hostEnd < 0) return undefined
  let end = behind(PORT, text, hostEnd)
  const hasPath = text[end] === '/'
  if (hasPath) end = pathEnd(text, end + 1)
  return { start, protocolEnd, hostEnd, end: behind(QUERY_PART, text, end), hasPath }
}

/** Position behind a match of a sticky expression at `at`, which is `at` when there is none. */
function behind(sticky: RegExp, text: string, at: number): number {
  sticky.lastIndex = at
  return sticky.test(text) ? sticky.lastIndex : at
}

function spansOf(text: string, match: UrlMatch): Span[] {
  const { start, end, protocolEnd } = match
  const host = text.slice(protocolEnd, match.hostEnd)
  const protocolLength = protocolEnd === start ? 'https://'.length : protocolEnd - start
  if (!isPossibleHost(host) || protocolLength + (end - start) > URL_LENGTH_MAX) return []
  if (protocolEnd === start) return bareSpans(text, match, host)

  const tco = TCO.exec(text.slice(start, end))
  if (!tco) return [{ start, end }]
  return tco[1]!.length > TCO_SLUG_LENGTH_MAX ? [] : [{ start, end: start + tco[0].length }]
}

function bareSpans(text: string, match: UrlMatch, host: string): Span[] {
  const { start, end, hasPath } = match
  if (start > 0 && NOT_BEFORE_BARE_HOST.test(text[start - 1]!)) return []
  return asciiHosts(host).map((span, index, all) => ({
    start: start + span.start,
    end: hasPath && index === all.length - 1 ? end : start + span.end,
  }))
}

function isPossibleHost(host: string): boolean {
  // A name that says it is Punycode must be ASCII.
  if (host.startsWith('xn--') && asciiHosts(host).length === 0) return false
  return host.split('.').every((label) => {
    // IDNA takes these three for full stops too, so each part is encoded on its own, but the limit is for all together.
    const parts = label.split(/[\u3002\uff0e\uff61]/)
    const length = parts.reduce((sum, part) => sum + asciiLabelLength(part), parts.length - 1)
    return length >= 1 && length <= LABEL_LENGTH_MAX
  })
}
