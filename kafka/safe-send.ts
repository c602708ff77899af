/**
 * The queue of one partition: what is added is stored in the order of adding, one batch at a time, in batches that are as large as
 * they may be.
 *
 * Invariant: `store` is never called while an earlier call has not ended. After a failure everything that waits fails too:
 * storing what came later would leave a gap that nobody sees.
 */

export interface OutgoingMessage {
  readonly key: Buffer | null
  readonly value: Buffer
  /** Event time, ms. */
  readonly timestamp: number
}

export interface StoredRun {
  readonly baseOffset: number
  readonly messages: number
}

export interface PartitionQueue {
  /** Resolves when all are stored, in runs of consecutive offsets. */
  add(messages: readonly OutgoingMessage[]): Promise<readonly StoredRun[]>
  /** Resolves when nothing waits any more, stored or failed; does not wait for more to come. */
  drained(): Promise<void>
}

export interface PartitionQueueOptions {
  readonly batchBytesMax: number
  readonly lingerMs: number
  /** Stores a batch; resolves to the offset of its first message. */
  readonly store: (messages: readonly OutgoingMessage[]) => Promise<number>
  /** Called when these bytes no longer wait. */
  readonly released: (bytes: number) => void
}

/** What one request carries of one `add`. */
interface Piece {
  readonly messages: readonly OutgoingMessage[]
  readonly bytes: number
  readonly stored: (baseOffset: number) => void
  readonly failed: (error: unknown) => void
}

/** What a message takes in a batch besides its key and value: lengths, attributes, deltas. */
const MESSAGE_OVERHEAD_BYTES = 30

export function createPartitionQueue(options: PartitionQueueOptions): PartitionQueue {
  const { batchBytesMax, lingerMs, store, released } = options
  let pieces: Piece[] = []
  let queuedBytes = 0
  let running: Promise<void> | undefined
  let failure: { readonly error: unknown } | undefined
  let draining = false
  let filled: (() => void) | undefined

  const full = () => queuedBytes >= batchBytesMax || draining

  const lingered = () =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(done, lingerMs)
      filled = done
      function done() {
        clearTimeout(timer)
        filled = undefined
        resolve()
      }
    })

  const takeBatch = (): Piece[] => {
    let bytes = 0
    let count = 0
    while (count < pieces.length && (count === 0 || bytes + pieces[count]!.bytes <= batchBytesMax)) {
      bytes += pieces[count++]!.bytes
    }
    queuedBytes -= bytes
    return pieces.splice(0, count)
  }

  const settle = (batch: readonly Piece[], each: (piece: Piece) => void) => {
    for (const piece of batch) {
      released(payloadBytes(piece.messages))
      each(piece)
    }
  }

  const run = async () => {
    while (pieces.length > 0) {
      if (!full() && lingerMs > 0) await lingered()
      const batch = takeBatch()
      try {
        let offset = await store(batch.flatMap(({ messages }) => messages))
        settle(batch, (piece) => {
          piece.stored(offset)
          offset += piece.messages.length
        })
      } catch (error) {
        failure = { error }
        const rest = pieces
        pieces = []
        queuedBytes = 0
        settle([...batch, ...rest], (piece) => piece.failed(error))
      }
    }
    running = undefined
  }

  return {
    async add(messages) {
      if (failure) {
        released(payloadBytes(messages))
        throw failure.error
      }
      const stored = split(messages, batchBytesMax).map(
        ({ messages: part, bytes }) =>
          new Promise<StoredRun>((resolve, reject) => {
            pieces.push({
              messages: part,
              bytes,
              stored: (baseOffset) => resolve({ baseOffset, messages: part.length }),
              failed: reject,
            })
            queuedBytes += bytes
          }),
      )
      if (full()) filled?.()
      // with nothing to store `run` would end before it is assigned
      if (pieces.length > 0) running ??= run()
      return Promise.all(stored)
    },
    async drained() {
      draining = true
      filled?.()
      while (running) await running
      draining = false
    },
  }
}

function payloadBytes(messages: readonly OutgoingMessage[]): number {
  let bytes = 0
  for (const { key, value } of messages) bytes += value.length + (key?.length ?? 0)
  return bytes
}

/** Parts that each fit into a batch; a single message that does not is a part of its own, for the broker to refuse. */
function split(
  messages: readonly OutgoingMessage[],
  bytesMax: number,
): { readonly messages: readonly OutgoingMessage[]; readonly bytes: number }[] {
  const parts: { messages: readonly OutgoingMessage[]; bytes: number }[] = []
  let from = 0
  let bytes = 0
  for (let i = 0; i < messages.length; i++) {
    const { key, value } = messages[i]!
    const size = value.length + (key?.length ?? 0) + MESSAGE_OVERHEAD_BYTES
    if (i > from && bytes + size > bytesMax) {
      parts.push({ messages: messages.slice(from, i), bytes })
      from = i
      bytes = 0
    }
    bytes += size
  }
  if (messages.length > from) parts.push({ messages: from === 0 ? messages : messages.slice(from), bytes })
  return parts
}
