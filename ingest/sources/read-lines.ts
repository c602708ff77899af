/**
 * The lines of one file, from a byte on, plain or gzip (`.gz`; positions count the bytes of the text, not of the archive).
 *
 * Invariant: `to` of a batch is the byte behind its last line, and reading from there gives what follows, exactly.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { z } from 'zod'
import { AppError, messageOf } from '../../model/errors.ts'
import { createLineCutter, type Line, lineBytes } from '../lines.ts'
import type { SourceBatch } from '../source.ts'

/** Tells files apart that bear the same name: the inode, and what the file begins with (a deleted file's inode is used again). */
export interface FileIdentity {
  readonly inode: number
  /** 0: the inode alone tells. */
  readonly headBytes: number
  readonly head: string
}

/** As a saved position holds it. */
export const identityJson = z.object({ inode: z.number(), headBytes: z.number(), head: z.string() })

export interface TextPlace {
  readonly bytes: number
  readonly lines: number
}

export interface LineBatch {
  readonly lines: readonly Line[]
  /** Bytes in front of the first line that are no part of it: a byte order mark. */
  readonly markBytes: number
  readonly from: TextPlace
  readonly to: TextPlace
}

const CHUNK_BYTES = 1024 * 1024
const HEAD_BYTES = 4_096

/**
 * @throws AppError `corrupt` when the file as a whole cannot be read: a broken archive, no text, no permission; `not-found`
 * when there is none
 */
export async function identify(path: string): Promise<FileIdentity> {
  try {
    const { ino, size } = await stat(path)
    return { inode: ino, ...(await headOf(path, Math.min(size, HEAD_BYTES))) }
  } catch (error) {
    throw unreadable(path, error)
  }
}

/** Whether the file is still the one that was identified (it may have grown). */
export async function isSameFile(path: string, identity: FileIdentity): Promise<boolean> {
  try {
    const { ino, size } = await stat(path)
    if (ino !== identity.inode || size < identity.headBytes) return false
    return identity.headBytes === 0 || (await headOf(path, identity.headBytes)).head === identity.head
  } catch {
    return false
  }
}

async function headOf(path: string, headBytes: number): Promise<Pick<FileIdentity, 'headBytes' | 'head'>> {
  await using file = await open(path, 'r')
  const bytes = Buffer.alloc(headBytes)
  const { bytesRead } = await file.read(bytes, 0, headBytes, 0)
  const read = bytes.subarray(0, bytesRead)
  if (!isCompressed(path) && read.includes(0)) throw new Error('it is no text: there is a zero byte in it')
  return { headBytes: bytesRead, head: createHash('sha256').update(read).digest('base64') }
}

/** The lines behind `from`; ends at the end of the file or when `signal` is aborted. @throws AppError as `identify` */
export async function* readLines(path: string, from: TextPlace, signal: AbortSignal): AsyncGenerator<LineBatch> {
  const cutter = createLineCutter()
  let at = from
  let taken = from.bytes
  const batchOf = (lines: Line[]): LineBatch => {
    const marked = at.bytes === 0 && typeof lines[0] === 'string' && lines[0].startsWith(MARK)
    if (marked) lines[0] = (lines[0] as string).slice(MARK.length)
    const markBytes = marked ? Buffer.byteLength(MARK) : 0
    const batch = {
      lines,
      markBytes,
      from: at,
      to: { bytes: taken - cutter.heldBytes, lines: at.lines + lines.length },
    }
    at = batch.to
    return batch
  }
  try {
    for await (const chunk of isCompressed(path) ? decompressed(path, from.bytes, signal) : plain(path, from.bytes)) {
      if (signal.aborted) return
      taken += chunk.length
      const lines = cutter.push(chunk)
      if (lines.length > 0) yield batchOf(lines)
    }
  } catch (error) {
    if (signal.aborted) return
    throw unreadable(path, error)
  }
  if (signal.aborted) return
  const last = cutter.end()
  if (last.length > 0) yield batchOf(last)
}

/** The byte order mark that some programs put in front. */
const MARK = '\ufeff'

export function isCompressed(path: string): boolean {
  return path.endsWith('.gz')
}

async function* plain(path: string, from: number): AsyncGenerator<Buffer> {
  await using file: FileHandle = await open(path, 'r')
  const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES)
  for (let at = from; ; ) {
    const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES, at)
    if (bytesRead === 0) return
    at += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}

async function* decompressed(path: string, from: number, signal: AbortSignal): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES })
  const feeding = pipeline(createReadStream(path), gunzip, { signal })
  // the loop below sees the failure, too
  feeding.catch(() => {})
  let skip = from
  for await (const chunk of gunzip as AsyncIterable<Buffer>) {
    if (chunk.length > skip) yield skip > 0 ? chunk.subarray(skip) : chunk
    skip = Math.max(0, skip - chunk.length)
  }
}

/** A batch of lines as a source gives it. */
export function toSourceBatch(batch: LineBatch, file: string, position: SourceBatch['position']): SourceBatch {
  const { lines, markBytes, from, to } = batch
  return {
    records: lines,
    bytes: to.bytes - from.bytes,
    position,
    positionOf(index) {
      let byte = from.bytes + markBytes
      for (let i = 0; i < index; i++) byte += lineBytes(lines[i]!)
      return { file, line: from.lines + index + 1, byte }
    },
  }
}

function unreadable(path: string, error: unknown): AppError {
  if (error instanceof AppError) return error
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ENOENT') return new AppError('not-found', `there is no file ${path}`, { cause: error, facts: { path } })
  return new AppError('corrupt', `${path} cannot be read: ${messageOf(error)}`, { cause: error, facts: { path } })
}
