/**
 * How long a host name's label is in Punycode (RFC 3492), which is what the limit of 63 characters is about. Only the
 * length is needed: whether `あ….com` can be a host name decides whether a `#` behind it is part of a link.
 */

/** The limit of DNS. Longer results are not computed to their end. */
export const LABEL_LENGTH_MAX = 63

const BASE = 36
const T_MIN = 1
const T_MAX = 26
const SKEW = 38
const DAMP = 700
const BIAS_FIRST = 72
const CODE_FIRST = 128

/** Characters of `label` in ASCII form, `xn--` included where it is needed; Infinity when it is over the limit anyway. */
export function asciiLabelLength(label: string): number {
  const codes = Array.from(label, (character) => character.codePointAt(0)!)
  if (codes.length > LABEL_LENGTH_MAX) return Number.POSITIVE_INFINITY
  // DEL is sent through the encoder although it is ASCII, as the reference implementation does.
  return codes.some((code) => code > 0x7e || code < 0x20) ? 'xn--'.length + punycodeLength(codes) : codes.length
}

function punycodeLength(codes: readonly number[]): number {
  const basic = codes.filter((code) => code < CODE_FIRST).length
  const others = [...new Set(codes.filter((code) => code >= CODE_FIRST))].sort((a, b) => a - b)
  let length = basic > 0 ? basic + 1 : 0
  let handled = basic
  let next = CODE_FIRST
  let delta = 0
  let bias = BIAS_FIRST
  for (const code of others) {
    delta += (code - next) * (handled + 1)
    next = code
    for (const other of codes) {
      if (other < next) delta++
      if (other !== next) continue
      length += digitsOf(delta, bias)
      bias = adapt(delta, handled + 1, handled === basic)
      delta = 0
      handled++
    }
    delta++
    next++
  }
  return length
}

function digitsOf(delta: number, bias: number): number {
  let digits = 1
  let rest = delta
  for (let k = BASE; ; k += BASE) {
    const threshold = k <= bias ? T_MIN : k >= bias + T_MAX ? T_MAX : k - bias
    if (rest < threshold) return digits
    rest = Math.floor((rest - threshold) / (BASE - threshold))
    digits++
  }
}

function adapt(delta: number, points: number, first: boolean): number {
  let k = 0
  let rest = first ? Math.floor(delta / DAMP) : delta >> 1
  rest += Math.floor(rest / points)
  for (; rest > ((BASE - T_MIN) * T_MAX) >> 1; k += BASE) rest = Math.floor(rest / (BASE - T_MIN))
  return Math.floor(k + ((BASE - T_MIN + 1) * rest) / (rest + SKEW))
}
