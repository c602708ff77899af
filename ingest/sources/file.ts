/**
 * JSON lines from one file (`.gz` too), to its end. Started again, it goes on where it stopped; a file that was read to its end gives nothing
 * more, until it grows or another file has its name.
 */
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { z } from 'zod'
import { AppError } from '../../model/errors.ts'
import type { Position, Source, SourceBatch } from '../source.ts'
import { createFolderSource, type FolderOptions } from './folder.ts'
import { identify, identityJson, isSameFile, readLines, toSourceBatch } from './read-lines.ts'

export interface FileOptions extends FolderOptions {
  /** A file, or a folder that is watched. */
  readonly path: string
}

const filePosition = z.object({ file: identityJson, bytes: z.number(), lines: z.number() })

/** @throws AppError `bad-input` when there is neither file nor folder */
export async function createFileSource(options: FileOptions): Promise<Source> {
  const path = resolve(options.path)
  const found = await stat(path).catch((error: unknown) => {
    throw new AppError('bad-input', `there is no file or folder ${path} that can be read`, {
      cause: error,
      facts: { path },
    })
  })
  if (found.isDirectory()) return createFolderSource(path, options)
  return {
    name: `file:${path}`,
    kind: 'file',
    ...(path.endsWith('.gz') ? {} : { expected: { bytes: found.size } }),
    open: (from, signal) => readFile(path, from, signal),
  }
}

async function* readFile(path: string, from: Position | undefined, signal: AbortSignal): AsyncGenerator<SourceBatch> {
  const saved = filePosition.safeParse(from).data
  const same = saved !== undefined && (await isSameFile(path, saved.file))
  const file = same ? saved.file : await identify(path)
  const start = same ? { bytes: saved.bytes, lines: saved.lines } : { bytes: 0, lines: 0 }
  for await (const batch of readLines(path, start, signal)) {
    yield toSourceBatch(batch, path, { file: { ...file }, ...batch.to })
  }
}
