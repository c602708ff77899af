/**
 * Cuts a stream of bytes into lines: JSON lines (UTF-8, each ended by a line feed; a carriage return before it is white space of JSON).
 *
 * Text is decoded once a chunk, not once a line: that is the larger part of reading. Lines are then slices of one string.
 *
 * Invariant: lines come out in order and none is lost; a line longer than `lineBytesMax` comes out as its beginning and
 * its length, and memory stays bounded by it.
 */
import { isUtf8 } from 'node:buffer'
import type { OverlongRecord } from './source.ts'

export type Line = string | Buffer | OverlongRecord

export const LINE_BYTES_MAX = 1024 * 1024
/** What is kept of a line that is too long. */
const HEAD_BYTES = 4_096

export interface LineCutter {
  /** Takes the next bytes; answers the lines that they completed. The chunk may be reused after. */
  push(chunk: Buffer): Line[]
  /** The end: what came behind the last line feed is a line, too. */
  end(): Line[]
  /** Bytes taken that are not yet part of a line that came out. */
  readonly heldBytes: number
}

const LF = 10

export function createLineCutter(lineBytesMax = LINE_BYTES_MAX): LineCutter {
  // the beginning of a line whose end has not come
  let held: Buffer[] = []
  let heldBytes = 0
  // of a line that is too long already: its beginning; more is only counted
  let overlong: Buffer | undefined

  const hold = (chunk: Buffer) => {
    if (chunk.length === 0) return
    heldBytes += chunk.length
    if (overlong) return
    held.push(Buffer.from(chunk))
    if (heldBytes > lineBytesMax) {
      overlong = Buffer.concat(held).subarray(0, headBytes(lineBytesMax))
      held = []
    }
  }

  /** The held line with its last bytes. */
  const finish = (rest: Buffer): Line[] => {
    hold(rest)
    const lines: Line[] = overlong
      ? [{ overlong: true, head: Buffer.from(overlong), bytes: heldBytes }]
      : cut(Buffer.concat(held), lineBytesMax)
    held = []
    heldBytes = 0
    overlong = undefined
    return lines
  }

  return {
    get heldBytes() {
      return heldBytes
    },
    push(chunk) {
      const last = chunk.lastIndexOf(LF)
      if (last < 0) {
        hold(chunk)
        return []
      }
      let start = 0
      let lines: Line[] = []
      if (heldBytes > 0) {
        start = chunk.indexOf(LF) + 1
        lines = finish(chunk.subarray(0, start - 1))
      }
      if (last >= start) {
        const whole = cut(chunk.subarray(start, last), lineBytesMax)
        lines = lines.length === 0 ? whole : lines.concat(whole)
      }
      hold(chunk.subarray(last + 1))
      return lines
    },
    end() {
      return heldBytes > 0 ? finish(Buffer.alloc(0)) : []
    },
  }
}

/** The lines of a piece that has all of each of them, without the last line feed. */
function cut(piece: Buffer, lineBytesMax: number): Line[] {
  if (isUtf8(piece)) {
    const lines: Line[] = piece.toString('utf8').split('\n')
    if (piece.length > lineBytesMax) shortenLong(lines, lineBytesMax)
    return lines
  }
  const lines: Line[] = []
  for (let start = 0; start <= piece.length; ) {
    const lf = piece.indexOf(LF, start)
    const end = lf < 0 ? piece.length : lf
    const bytes = piece.subarray(start, end)
    if (bytes.length > lineBytesMax) lines.push(shorten(bytes, lineBytesMax))
    else lines.push(isUtf8(bytes) ? bytes.toString('utf8') : Buffer.from(bytes))
    start = end + 1
  }
  return lines
}

function shortenLong(lines: Line[], lineBytesMax: number): void {
  for (const [i, line] of lines.entries()) {
    // UTF-8 takes at most 3 bytes for a UTF-16 unit
    if (typeof line !== 'string' || line.length * 3 <= lineBytesMax) continue
    const bytes = Buffer.from(line)
    if (bytes.length > lineBytesMax) lines[i] = shorten(bytes, lineBytesMax)
  }
}

function shorten(line: Buffer, lineBytesMax: number): OverlongRecord {
  return { overlong: true, head: Buffer.from(line.subarray(0, headBytes(lineBytesMax))), bytes: line.length }
}

/** The same however the line came, in one chunk or in many. */
function headBytes(lineBytesMax: number): number {
  return Math.min(HEAD_BYTES, lineBytesMax)
}

/** Bytes of the line with its line feed. */
export function lineBytes(line: Line): number {
  if (typeof line === 'string') return Buffer.byteLength(line) + 1
  return ('overlong' in line ? line.bytes : line.length) + 1
}
