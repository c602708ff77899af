/**
 * Snappy, reading only: others' Avro files may hold it, we never write it. Its format description is the grammar:
 *
 *   block   := length (varint, of what comes out) element*
 *   element := literal | copy           the two lowest bits of the tag tell
 *     00 literal   tag >> 2 is length - 1; 60…63: that many bytes less 59 hold it
 *     01 copy      length 4…11 in 3 bits, offset in 3 + 8 bits
 *     10 copy      length in 6 bits, offset in 2 bytes
 *     11 copy      length in 6 bits, offset in 4 bytes
 *
 * Avro puts the CRC-32 of what comes out, big-endian, behind the block.
 */
import { crc32 } from 'node:zlib'
import { AppError } from '../../model/errors.ts'

const CRC_BYTES = 4

/**
 * Decompresses one Avro block. `into` is used when it is large enough, and the answer is then a part of it.
 * @throws AppError `corrupt`
 */
export function snappyDecompress(data: Uint8Array, into?: Uint8Array, bytesMax = 0x4000_0000): Uint8Array {
  if (data.length < CRC_BYTES + 1) throw corrupt('a snappy block without its checksum')
  const end = data.length - CRC_BYTES
  let at = 0
  let length = 0
  for (let shift = 0; ; shift += 7) {
    const byte = data[at++]!
    length += (byte & 0x7f) * 2 ** shift
    if (byte < 0x80) break
    if (at >= end || shift > 28) throw corrupt('a snappy block whose length cannot be read')
  }
  if (length > bytesMax) throw corrupt(`a snappy block of ${length} bytes, more than ${bytesMax}`)
  const out = into && into.length >= length ? into.subarray(0, length) : new Uint8Array(length)
  let to = 0
  while (at < end) {
    const tag = data[at++]!
    const kind = tag & 3
    if (kind === 0) {
      let size = tag >>> 2
      if (size >= 60) {
        const bytes = size - 59
        size = littleEndian(data, at, bytes)
        at += bytes
      }
      size++
      if (at + size > end || to + size > length) throw corrupt(`a snappy literal of ${size} bytes is too long`)
      out.set(data.subarray(at, at + size), to)
      at += size
      to += size
      continue
    }
    let size: number
    let offset: number
    if (kind === 1) {
      size = 4 + ((tag >>> 2) & 7)
      offset = ((tag >>> 5) << 8) | data[at++]!
    } else {
      const bytes = kind === 2 ? 2 : 4
      size = (tag >>> 2) + 1
      offset = littleEndian(data, at, bytes)
      at += bytes
    }
    if (at > end || offset === 0 || offset > to || to + size > length) {
      throw corrupt(`a snappy copy of ${size} bytes from ${offset} back`)
    }
    if (offset >= size) {
      out.copyWithin(to, to - offset, to - offset + size)
      to += size
    } else {
      // it repeats what it has just written: byte by byte
      for (const last = to + size; to < last; to++) out[to] = out[to - offset]!
    }
  }
  if (to !== length) throw corrupt(`a snappy block of ${to} bytes that should have ${length}`)
  const expected = ((data[end]! << 24) | (data[end + 1]! << 16) | (data[end + 2]! << 8) | data[end + 3]!) >>> 0
  const found = crc32(out)
  if (found !== expected) throw corrupt(`a snappy block with CRC ${found.toString(16)}, not ${expected.toString(16)}`)
  return out
}

function littleEndian(data: Uint8Array, at: number, bytes: number): number {
  let value = 0
  for (let i = bytes - 1; i >= 0; i--) value = value * 256 + (data[at + i] ?? 0)
  return value
}

function corrupt(why: string): AppError {
  return new AppError('corrupt', why)
}
