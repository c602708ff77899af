/**
 * `hashtags@1` over bytes. Its terms are ASCII; only what stands before `#` can be more: white space, which in UTF-8 is one
 * of few byte sequences, and these read the same in malformed text. Nothing is refused.
 */
import { HASH_SEED, hashStep } from './byte-table.ts'
import type { Kernel } from './kernel.ts'
import { codePointBefore } from './utf8.ts'

const SPACE = /^\s$/
const WORD = Uint8Array.from({ length: 256 }, (_, byte) => (/\w/.test(String.fromCharCode(byte)) ? 1 : 0))

export function hashtags1Kernel(): Kernel {
  return {
    fullWidth: false,
    count(bytes, start, end, signs, sink) {
      for (let sign = signs.next(start); sign < end; ) {
        let at = sign + 1
        if (startsWord(bytes, start, sign)) {
          let hash = HASH_SEED
          while (at < end && WORD[bytes[at]!] === 1) hash = hashStep(hash, bytes[at++]!)
          if (at > sign + 1) sink.add(bytes, sign + 1, at, hash)
        }
        sign = signs.next(at)
      }
      return true
    },
  }
}

function startsWord(bytes: Uint8Array, start: number, sign: number): boolean {
  if (sign === start) return true
  const before = bytes[sign - 1]!
  if (before < 0x80) return before === 0x20 || (before >= 0x09 && before <= 0x0d)
  // Malformed bytes decode to U+FFFD, which is no white space either.
  const code = codePointBefore(bytes, start, sign)
  return code > 0 && SPACE.test(String.fromCodePoint(code))
}
