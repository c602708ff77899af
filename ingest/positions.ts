/**
 * Where each source goes on after a restart.
 *
 * Invariant: after a crash at any moment `load` gives a position that some `save` was given, the last or the one before: the file
 * is written beside, synced, and renamed over the old one.
 */
import { createHash } from 'node:crypto'
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { AppError, messageOf } from '../model/errors.ts'
import type { Position } from './source.ts'

export interface PositionStore {
  /** undefined: nothing of this source was ever saved. */
  load(source: string): Promise<Position | undefined>
  /** Calls for one source must not overlap. */
  save(source: string, position: Position): Promise<void>
}

const stored = z.object({ source: z.string(), position: z.json() })

/** One small file a source in `dir`. */
export function createFilePositions(dir: string): PositionStore {
  const failed = (doing: string, path: string, error: unknown) =>
    new AppError('unavailable', `${doing} ${path}: ${messageOf(error)}; check the folder (ingest.stateDir)`, {
      cause: error,
      facts: { path },
    })
  return {
    async load(source) {
      const path = join(dir, fileName(source))
      let text: string
      try {
        text = await readFile(path, 'utf8')
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
        throw failed('cannot read the position in', path, error)
      }
      try {
        return stored.parse(JSON.parse(text)).position as Position
      } catch (error) {
        throw new AppError('corrupt', `the position of ${source} in ${path} cannot be read: delete it to begin anew`, {
          cause: error,
          facts: { source, path },
        })
      }
    },
    async save(source, position) {
      const path = join(dir, fileName(source))
      const beside = `${path}.new`
      try {
        await mkdir(dir, { recursive: true })
        await writeSynced(beside, JSON.stringify({ source, position }))
        await rename(beside, path)
        await syncDir(dir)
      } catch (error) {
        throw failed('cannot save the position in', path, error)
      }
    },
  }
}

/** Readable, and different for names that differ only in what a file name cannot hold. */
function fileName(source: string): string {
  const readable = source.replace(/[^a-z0-9]+/gi, '-').slice(-60)
  return `${readable}-${createHash('sha256').update(source).digest('hex').slice(0, 12)}.json`
}

async function writeSynced(path: string, text: string): Promise<void> {
  await using file = await open(path, 'w')
  await file.writeFile(text)
  await file.sync()
}

/** A rename is lasting only when its directory is. */
export async function syncDir(dir: string): Promise<void> {
  await using handle = await open(dir, 'r')
  await handle.sync()
}
