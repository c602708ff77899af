import avsc from 'avsc'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BlockWriter } from '../../../lake/avro/block-writer.ts'
import { compress, decompress } from '../../../lake/avro/codec.ts'
import { encodeHeader } from '../../../lake/avro/container-header.ts'
import { openBlock, readContainer } from '../../../lake/avro/container-reader.ts'
import { AppError } from '../../../model/errors.ts'

const SYNC = Buffer.from('0123456789abcdef')

async function containerOf(
  bodies: readonly Buffer[],
  options: { codec?: 'null' | 'deflate' | 'zstandard'; blockBytes?: number; metadata?: Record<string, string> } = {},
): Promise<Buffer> {
  const { codec = 'zstandard', blockBytes = 100, metadata = {} } = options
  const writer = new BlockWriter({ sync: SYNC, blockBytes, codec })
  for (const body of bodies) writer.append(body)
  const blocks = await writer.finish()
  expect(writer.compressedBytes).toBe(blocks.reduce((sum, part) => sum + part.length, 0))
  return Buffer.concat([encodeHeader({ schema: 'string', codec, metadata, sync: SYNC }), ...blocks])
}

const strings = avsc.Type.forSchema('string')

function read(file: Buffer): string[] {
  const container = readContainer(file, 'file')
  const found: string[] = []
  for (const block of container.blocks()) {
    const bodies = Buffer.from(openBlock(container, block))
    for (let i = 0, at = 0; i < block.count; i++) {
      const { value, offset } = strings.decode(bodies, at)
      found.push(value as string)
      at = offset
    }
  }
  return found
}

async function errorOf(work: () => unknown): Promise<AppError> {
  try {
    await work()
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
  throw new Error('it did not fail')
}

describe('a container file', () => {
  it('reads back as it was written, with any codec and block size', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'grapheme', maxLength: 40 })),
        fc.constantFrom('null', 'deflate', 'zstandard'),
        fc.integer({ min: 1, max: 500 }),
        async (values, codec, blockBytes) => {
          const file = await containerOf(
            values.map((value) => strings.toBuffer(value)),
            { codec, blockBytes },
          )
          expect(read(file)).toEqual(values)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('is read by avsc, an independent reader', async () => {
    const values = Array.from({ length: 100 }, (_, i) => `value ${i}`)
    const file = await containerOf(
      values.map((value) => strings.toBuffer(value)),
      { codec: 'deflate', metadata: { 'tendance.x': 'y' } },
    )
    const decoder = new avsc.streams.BlockDecoder()
    const found: unknown[] = []
    decoder.on('data', (value) => found.push(value))
    const ended = new Promise((resolve, reject) => decoder.on('end', resolve).on('error', reject))
    decoder.end(file)
    await ended
    expect(found).toEqual(values)
  })

  it('that avsc has written is read', async () => {
    const encoder = new avsc.streams.BlockEncoder('string', { codec: 'deflate', blockSize: 64 })
    const chunks: Buffer[] = []
    encoder.on('data', (chunk: Buffer) => chunks.push(chunk))
    const values = Array.from({ length: 50 }, (_, i) => `value ${i}`)
    for (const value of values) encoder.write(value)
    await new Promise((resolve) => encoder.on('end', resolve).end())
    expect(read(Buffer.concat(chunks))).toEqual(values)
  })

  it('keeps its metadata', async () => {
    const { metadata } = readContainer(await containerOf([], { metadata: { 'tendance.from': '17', é: '日' } }), 'file')
    expect(metadata.get('tendance.from')?.toString()).toBe('17')
    expect(metadata.get('é')?.toString()).toBe('日')
  })

  it('cut off anywhere behind its header is corrupt, with file, block and byte, or ends at a block', async () => {
    const bodies = Array.from({ length: 12 }, (_, i) => strings.toBuffer(`value ${i}`))
    const file = await containerOf(bodies, { codec: 'null', blockBytes: 30 })
    const { end } = readContainer(file, 'file')
    const starts = [...readContainer(file, 'file').blocks()].map((block) => block.at)
    expect(starts.length).toBeGreaterThan(2)
    for (let length = end; length < file.length; length++) {
      if (starts.includes(length)) continue
      const error = await errorOf(() => read(file.subarray(0, length)))
      const block = starts.filter((at) => at < length).length - 1
      expect(error).toMatchObject({ code: 'corrupt', facts: { path: 'file', block, byte: starts[block] } })
    }
    for (let length = 0; length < end; length++) {
      expect(await errorOf(() => read(file.subarray(0, length)))).toMatchObject({
        code: 'corrupt',
        facts: { path: 'file' },
      })
    }
  })

  it('with any one bit of a block flipped is corrupt, or still the same text, never another', async () => {
    const text = 'All the world’s a stage, and all the men and women'.repeat(3)
    const file = await containerOf([strings.toBuffer(text)])
    const { end } = readContainer(file, 'file')
    let corrupt = 0
    const bits = (file.length - end) * 8
    for (let bit = end * 8; bit < end * 8 + bits; bit++) {
      const damaged = Buffer.from(file)
      damaged[bit >> 3]! ^= 1 << (bit & 7)
      try {
        const [block] = [...readContainer(damaged, 'file').blocks()]
        // the count of records is not under the checksum: whoever decodes notices
        if (block!.count !== 1) throw new AppError('corrupt', 'count')
        expect(read(damaged)).toEqual([text])
      } catch (error) {
        if (!(error instanceof AppError)) throw error
        expect(error.code).toBe('corrupt')
        corrupt++
      }
    }
    expect(corrupt).toBeGreaterThan(bits * 0.95)
  })
})

describe('snappy', () => {
  const bytes = (hex: string) => Buffer.from(hex, 'hex')

  it('is read: literals and copies that overlap', () => {
    // 100 × 'a': length 100, literal 'a', copy of 64 from 1 back, copy of 35 from 1 back; CRC-32 of it
    const block = bytes('640061fe01008a0100af707a64')
    expect(Buffer.from(decompress('snappy', block)).toString()).toBe('a'.repeat(100))
    expect(decompress('snappy', block, new Uint8Array(200)).buffer.byteLength).toBe(200)
  })

  it('with a wrong checksum or a copy from before the beginning is corrupt', () => {
    expect(() => decompress('snappy', bytes('640061fe01008a0100af707a65'))).toThrow(/CRC/)
    expect(() => decompress('snappy', bytes('640061fe02008a0100af707a64'))).toThrow(/copy of 64 bytes from 2 back/)
    expect(() => decompress('snappy', bytes('0500'))).toThrow(AppError)
  })
})

describe('a codec', () => {
  it('gives the same bytes for the same bytes', async () => {
    const data = Buffer.from('to be or not to be '.repeat(1_000))
    const [one, two] = [await compress('zstandard', data), await compress('zstandard', data)]
    expect(Buffer.compare(one, two)).toBe(0)
    expect(one.length).toBeLessThan(100)
    expect(Buffer.from(decompress('zstandard', one)).equals(data)).toBe(true)
  })
})
