/**
 * A TCP server that takes JSON lines, from several connections at once.
 *
 * A connection cannot be rewound: what was sent and not confirmed when the worker dies is gone unless the sender repeats it, which does no
 * harm since copies of an id count once. When too much waits, no connection is read until there is room: the senders' own writes then wait.
 */
import { createServer, type Server, type Socket } from 'node:net'
import { z } from 'zod'
import { AppError, messageOf } from '../../model/errors.ts'
import type { Logger } from '../../model/log.ts'
import { createLineCutter, type Line } from '../lines.ts'
import type { Source, SourceBatch } from '../source.ts'

export interface SocketOptions {
  readonly host: string
  readonly port: number
  readonly logger: Logger
  readonly lineBytesMax?: number
  /** Bytes that may wait to be taken. */
  readonly waitingBytesMax?: number
  readonly connectionsMax?: number
  /** Told the port when it listens, which port 0 leaves to the system. */
  readonly onListening?: (port: number) => void
}

export const socketOptions = z.strictObject({
  host: z.string().default('127.0.0.1'),
  port: z.coerce.number().int().min(0).max(65_535),
})

interface Received {
  readonly lines: Line[]
  readonly bytes: number
  readonly connection: string
  readonly firstLine: number
}

export function createSocketSource(options: SocketOptions): Source {
  const { host, port } = options
  return {
    name: `socket:${host}:${port}`,
    kind: 'socket',
    open: (_from, signal) => listen(options, signal),
  }
}

async function* listen(options: SocketOptions, signal: AbortSignal): AsyncGenerator<SourceBatch> {
  const { logger, waitingBytesMax = 8 * 1024 * 1024 } = options
  const waiting: Received[] = []
  const sockets = new Set<Socket>()
  let waitingBytes = 0
  let serial = 0
  let wake = () => {}

  const server = createServer((socket) => {
    const connection = `${socket.remoteAddress}:${socket.remotePort}#${++serial}`
    const cutter = createLineCutter(options.lineBytesMax)
    let linesBefore = 0
    const receive = (lines: Line[], bytes: number) => {
      // also when no line was completed: a sender that never ends a line must not go unseen
      if (lines.length > 0) waiting.push({ lines, bytes, connection, firstLine: linesBefore + 1 })
      linesBefore += lines.length
      waitingBytes += lines.length > 0 ? bytes : 0
      if (waitingBytes >= waitingBytesMax) for (const open of sockets) open.pause()
      wake()
    }
    sockets.add(socket)
    if (waitingBytes >= waitingBytesMax) socket.pause()
    logger.info({ connection }, 'connected')
    socket.on('data', (chunk: Buffer) => receive(cutter.push(chunk), chunk.length))
    socket.on('error', (error) => logger.warn({ connection, error }, 'connection failed'))
    socket.on('close', () => {
      sockets.delete(socket)
      receive(cutter.end(), 0)
      logger.info({ connection, lines: linesBefore }, 'disconnected')
    })
  })
  server.maxConnections = options.connectionsMax ?? 256
  const onAbort = () => {
    server.close()
    for (const socket of sockets) socket.destroy()
    wake()
  }
  try {
    const port = await listening(server, options)
    logger.info({ host: options.host, port }, 'listening')
    options.onListening?.(port)
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) onAbort()
    while (true) {
      const received = waiting.shift()
      if (received) {
        yield batchOf(received)
        // asked for more: what was yielded is on its way
        waitingBytes -= received.bytes
        if (waitingBytes < waitingBytesMax / 2) for (const socket of sockets) socket.resume()
      } else if (signal.aborted && sockets.size === 0) {
        return
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    }
  } finally {
    signal.removeEventListener('abort', onAbort)
    server.close()
    for (const socket of sockets) socket.destroy()
  }
}

function listening(server: Server, { host, port }: SocketOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      reject(
        new AppError('bad-input', `cannot listen on ${host}:${port}: ${messageOf(error)}; choose another port`, {
          cause: error,
          facts: { host, port },
        }),
      )
    })
    server.listen(port, host, () => {
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : port)
    })
  })
}

function batchOf({ lines, bytes, connection, firstLine }: Received): SourceBatch {
  return {
    records: lines,
    bytes,
    position: null,
    positionOf: (index) => ({ connection, line: firstLine + index }),
  }
}
