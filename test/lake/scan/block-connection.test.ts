import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import net from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BlockConnection } from '../../../lake/scan/hdfs/block-connection.ts'
import { READ_DONE, readBlockRequest } from '../../../lake/scan/hdfs/wire.ts'

const block = (bytes: number) => ({ pool: 'BP-1', id: 1_073_741_825, generation: 1_001, bytes })
const OPENED = Buffer.from([2, 8, 0])
const REFUSED = Buffer.concat([Buffer.from([2 + 2 + 4, 8, 1, 42, 4]), Buffer.from('gone')])

/** One packet as a DataNode sends it; `checksums`: bytes that stand before the data. */
function packet(data: Buffer, last: boolean, checksums = 0): Buffer {
  const header = Buffer.alloc(9 + 9 + 2 + 5)
  header[0] = (1 << 3) | 1
  header[9] = (2 << 3) | 1
  header[18] = 3 << 3
  header[19] = last ? 1 : 0
  header[20] = (4 << 3) | 5
  header.writeInt32LE(data.length, 21)
  const lengths = Buffer.alloc(6)
  lengths.writeInt32BE(4 + checksums + data.length)
  lengths.writeInt16BE(header.length, 4)
  return Buffer.concat([lengths, header, Buffer.alloc(checksums, 0xcc), data])
}

function answerOf(data: Buffer, packetBytes: number, checksums = 0): Buffer {
  const packets: Buffer[] = []
  for (let at = 0; at < data.length; at += packetBytes) {
    packets.push(packet(data.subarray(at, at + packetBytes), false, checksums))
  }
  return Buffer.concat([OPENED, ...packets, packet(Buffer.alloc(0), true)])
}

/** A DataNode that gives each request the next of `answers`, cut into pieces; an answer `null` closes the connection. */
async function dataNode(answers: readonly (Buffer | null)[], pieceBytes = 1 << 20) {
  const requests: Buffer[] = []
  const server = net.createServer((socket) => {
    let next = 0
    socket.setNoDelay(true)
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      requests.push(chunk)
      if (chunk.equals(READ_DONE)) return
      const answer = answers[next++]
      if (!answer) {
        socket.end()
        return
      }
      for (let at = 0; at < answer.length; at += pieceBytes) socket.write(answer.subarray(at, at + pieceBytes))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { port, requests, [Symbol.dispose]: () => server.close() }
}

const pattern = (bytes: number) => Buffer.from(Array.from({ length: bytes }, (_, i) => (i * 31 + (i >> 8)) & 0xff))

describe('a connection to a DataNode', () => {
  it('reads blocks one after another into the place that was asked for, however they arrive', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4_000 }),
        fc.integer({ min: 1, max: 1_500 }),
        fc.integer({ min: 1, max: 700 }),
        fc.constantFrom(0, 4, 20),
        async (bytes, packetBytes, pieceBytes, checksums) => {
          const data = pattern(bytes)
          const answer = answerOf(data, packetBytes, checksums)
          using node = await dataNode([answer, answer], pieceBytes)
          const connection = new BlockConnection('127.0.0.1', node.port)
          const target = Buffer.alloc(bytes + 9, 0xee)
          for (const at of [3, 9]) {
            await connection.read(block(bytes), target, at)
            expect(target.subarray(at, at + bytes).equals(data)).toBe(true)
          }
          expect(target.subarray(0, 3)).toEqual(Buffer.alloc(3, 0xee))
          expect(connection.usable).toBe(true)
          connection.close()
          expect(node.requests[0]?.equals(readBlockRequest(block(bytes), bytes))).toBe(true)
        },
      ),
      { numRuns: 25 },
    )
  })

  it.each([
    ['refuses the block', REFUSED, /refused: status 1 gone/],
    ['closes in the middle of the block', null, /closed the connection/],
    [
      'ends the block early',
      Buffer.concat([OPENED, packet(pattern(90), false), packet(Buffer.alloc(0), true)]),
      /10 bytes early/,
    ],
    ['sends more than the block', Buffer.concat([OPENED, packet(pattern(101), false)]), /more than the block/],
  ])('fails and is closed when the DataNode %s', async (_, answer, message) => {
    using node = await dataNode([answer])
    const connection = new BlockConnection('127.0.0.1', node.port)
    const reading = connection.read(block(100), Buffer.alloc(200), 0)
    await expect(reading).rejects.toMatchObject({ code: 'unavailable', message: expect.stringMatching(message) })
    expect(connection.usable).toBe(false)
    await expect(connection.read(block(100), Buffer.alloc(200), 0)).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('stops reading when it is told to', async () => {
    using node = await dataNode([Buffer.concat([OPENED, packet(pattern(50), false)])])
    const connection = new BlockConnection('127.0.0.1', node.port)
    const stop = new AbortController()
    const reading = connection.read(block(100), Buffer.alloc(100), 0, stop.signal)
    stop.abort(new Error('enough'))
    await expect(reading).rejects.toThrow(/cancelled/)
    expect(connection.usable).toBe(false)
  })
})
