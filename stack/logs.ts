/** Logs of the stack's processes: one file each, moved aside at each start, the last few kept. */
import { createReadStream, renameSync, statSync } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'

const KEPT = 3
const FOLLOW_MS = 200
const TAIL_BYTES_MAX = 1024 * 1024

/** `x.log` → `x.log.1` → `x.log.2` → … the last is dropped. */
export function rotateLog(path: string): void {
  for (let i = KEPT; i >= 1; i--) {
    const from = i === 1 ? path : `${path}.${i - 1}`
    if (statSync(from, { throwIfNoEntry: false })) renameSync(from, `${path}.${i}`)
  }
}

/** The last `count` lines of the last mebibyte; none when there is no file. */
export async function tailLog(path: string, count: number): Promise<readonly string[]> {
  const file = await open(path).catch(() => undefined)
  if (file === undefined) return []
  try {
    const { size } = await file.stat()
    const length = Math.min(size, TAIL_BYTES_MAX)
    const buffer = Buffer.alloc(length)
    await file.read(buffer, 0, length, size - length)
    const lines = buffer.toString('utf8').split('\n')
    if (lines.at(-1) === '') lines.pop()
    return count === 0 ? [] : lines.slice(-count)
  } finally {
    await file.close()
  }
}

/** Lines as they are written from the moment of the first `next()` on, also after the file was rotated, until `signal` aborts. */
export async function* followLog(path: string, signal: AbortSignal): AsyncGenerator<string> {
  let position = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  let rest = ''
  while (!signal.aborted) {
    const size = await stat(path).then(
      (found) => found.size,
      () => 0,
    )
    if (size < position) position = 0
    if (size > position) {
      for await (const chunk of createReadStream(path, { start: position, end: size - 1, encoding: 'utf8' })) {
        const lines = (rest + chunk).split('\n')
        rest = lines.pop()!
        yield* lines
      }
      position = size
    }
    await delay(FOLLOW_MS, undefined, { signal }).catch(() => {})
  }
}
