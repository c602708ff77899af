/**
 * Code-point order, which is also the order of UTF-8 bytes: how terms rank when counts are equal, everywhere.
 *
 * JavaScript's `<` compares UTF-16 units, and so puts 😀 (D83D DE00) before ＃ (FF03). Only a surrogate against a unit above
 * the surrogates can differ, so the rest of the comparison costs nothing extra.
 */

/** Negative, zero or positive as `a` stands before, equals or follows `b` in code-point order. */
export function compareCodePoints(a: string, b: string): number {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x === y) continue
    if (isSurrogate(x) === isSurrogate(y)) return x - y
    return isSurrogate(x) ? 1 : -1
  }
  return a.length - b.length
}

function isSurrogate(unit: number): boolean {
  return (unit & 0xf800) === 0xd800
}
