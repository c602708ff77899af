import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import type { RawRecord, SourceBatch } from '../../ingest/source.ts'
import { createSocketSource, type SocketOptions } from '../../ingest/sources/socket.ts'
import { silentLogger } from '../../model/log.ts'

/** A listening source: batches are taken when `next` is called. */
async function listen(options: Partial<SocketOptions> = {}) {
  const stop = new AbortController()
  const listening = Promise.withResolvers<number>()
  const source = createSocketSource({
    host: '127.0.0.1',
    port: 0,
    logger: silentLogger,
    onListening: listening.resolve,
    ...options,
  })
  const batches = source.open(undefined, stop.signal)[Symbol.asyncIterator]()
  const first = batches.next()
  const port = await listening.promise
  let pending: Promise<IteratorResult<SourceBatch>> | undefined = first
  const next = async () => {
    const result = await (pending ?? batches.next())
    pending = undefined
    return result.done ? undefined : result.value
  }
  return {
    next,
    stop: () => stop.abort(),
    async connect(): Promise<Socket> {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => {})
      await once(socket, 'connect')
      return socket
    },
    async take(count: number): Promise<RawRecord[]> {
      const records: RawRecord[] = []
      while (records.length < count) records.push(...(await next())!.records)
      return records
    },
  }
}

describe('the socket source', () => {
  it('takes lines of several connections at once, each in its order, also when they come in pieces', async () => {
    const server = await listen()
    const [a, b] = [await server.connect(), await server.connect()]
    a.write('a1\na')
    b.write('b1\n')
    a.write('2\na3\n')
    b.end('b2')
    const records = await server.take(5)
    expect(records.filter((line) => String(line).startsWith('a'))).toEqual(['a1', 'a2', 'a3'])
    expect(records.filter((line) => String(line).startsWith('b'))).toEqual(['b1', 'b2'])
    a.end()
    server.stop()
    expect(await server.next()).toBeUndefined()
  })

  it('hands out a line that is too long as its beginning, and goes on with the next', async () => {
    const server = await listen({ lineBytesMax: 100 })
    const sender = await server.connect()
    sender.end(`${'x'.repeat(1_000)}\nshort\n`)
    expect(await server.take(2)).toEqual([{ overlong: true, head: Buffer.alloc(100, 'x'), bytes: 1_000 }, 'short'])
    server.stop()
    await server.next()
  })

  it('says where a line came from', async () => {
    const server = await listen()
    const sender = await server.connect()
    sender.write('one\ntwo\n')
    const batch = (await server.next())!
    expect(batch.position).toBeNull()
    expect(batch.positionOf(1)).toEqual({ connection: expect.stringMatching(/^127\.0\.0\.1:\d+#1$/), line: 2 })
    sender.end()
    server.stop()
    await server.next()
  })

  it('stops reading when nobody takes what it has read: the sender waits', async () => {
    const server = await listen({ waitingBytesMax: 64 * 1024 })
    const sender = await server.connect()
    const line = `${'y'.repeat(1_023)}\n`
    let written = 0
    // until the buffers of both sides are full, which they never are if the source reads on
    while (written < 64 * 1024 * 1024) {
      written += line.length * 256
      if (!sender.write(line.repeat(256)) && !(await drained(sender))) break
    }
    expect(written).toBeLessThan(64 * 1024 * 1024)
    sender.end()
    const records = await server.take(written / line.length)
    expect(records).toHaveLength(written / line.length)
    server.stop()
    await server.next()
  })

  it('ends when it is asked to, with connections open', async () => {
    const server = await listen()
    await server.connect()
    server.stop()
    expect(await server.next()).toBeUndefined()
  })

  it('says which port is taken and what to do', async () => {
    const server = await listen()
    const { remotePort: port } = await server.connect()
    const second = createSocketSource({ host: '127.0.0.1', port: port!, logger: silentLogger })
    const opening = second.open(undefined, new AbortController().signal)[Symbol.asyncIterator]().next()
    await expect(opening).rejects.toThrow(/EADDRINUSE.*; choose another port/)
    server.stop()
    await server.next()
  })
})

/** Whether the socket takes more within a while in which a reader would have read it all. */
async function drained(socket: Socket): Promise<boolean> {
  const timeout = AbortSignal.timeout(300)
  return once(socket, 'drain', { signal: timeout }).then(
    () => true,
    () => false,
  )
}
