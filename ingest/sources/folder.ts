/**
 * A watched folder: its files are read in order of their names, each once; then a file moves to `done/`, or to `failed/` when it cannot be read
 * as a whole (a broken archive, no text, no permission). A line that is wrong is a dead letter and does not make its file a failed one.
 *
 * Which files: `*.json`, `*.jsonl`, `*.ndjson`, each also with `.gz`; none whose name begins with a dot. A file may be taken while
 * somebody still writes it, so it must have been quiet for `quietMs` (same length and time). The safe way is to write under another name, say
 * `.posts.jsonl.part`, and to rename: then the file is complete whenever it can be seen.
 *
 * Invariant, also across kill -9: a file moves only after the position that calls it ended was saved, hence after all its
 * records were confirmed; and no saved position forgets an ended file before it has moved. So after a crash an ended file is moved, not read
 * again, and one that was half read goes on behind its last confirmed line.
 */
import { mkdir, readdir, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import { isAppError } from '../../model/errors.ts'
import type { Logger } from '../../model/log.ts'
import { syncDir } from '../positions.ts'
import type { Position, Source, SourceBatch } from '../source.ts'
import {
  type FileIdentity,
  identify,
  identityJson,
  isSameFile,
  readLines,
  type TextPlace,
  toSourceBatch,
} from './read-lines.ts'

export interface FolderOptions {
  /** Read what is there and end, instead of waiting for more. */
  readonly once?: boolean
  /** A file is taken when it has not changed for this long. */
  readonly quietMs?: number
  /** How often the folder is looked at. */
  readonly pollMs?: number
  readonly logger: Logger
}

const OUTCOMES = ['done', 'failed'] as const

const endedJson = z.object({ name: z.string(), file: identityJson, outcome: z.enum(OUTCOMES) })
const positionJson = z.object({
  /** The file being read, and how far it is safe. */
  current: z.object({ name: z.string(), file: identityJson, bytes: z.number(), lines: z.number() }).nullable(),
  /** Files that are read to their end, and may not have moved yet. */
  ended: z.array(endedJson),
})
type FolderPosition = z.infer<typeof positionJson>
type Ended = z.infer<typeof endedJson>

const NAMES = /^[^.].*\.(?:json|jsonl|ndjson)(?:\.gz)?$/
const NO_POSITION: FolderPosition = { current: null, ended: [] }

export function createFolderSource(folder: string, options: FolderOptions): Source {
  const { logger } = options
  /** Ended, and not moved as far as we know. */
  const ended: Ended[] = []

  const move = async (file: Ended) => {
    const from = join(folder, file.name)
    // gone already, or another file came under its name: that one has not been read
    if (await isSameFile(from, file.file)) {
      const to = await freeName(join(folder, file.outcome), file.name)
      await rename(from, to)
      await syncDir(folder)
      logger.info({ file: from, to }, file.outcome === 'done' ? 'file read' : 'file put aside')
    }
    const at = ended.indexOf(file)
    if (at >= 0) ended.splice(at, 1)
  }

  async function* readOne(
    name: string,
    from: FolderPosition['current'],
    signal: AbortSignal,
  ): AsyncGenerator<SourceBatch> {
    const path = join(folder, name)
    let file: FileIdentity | undefined
    let outcome: Ended['outcome'] = 'done'
    try {
      const resumed = from?.name === name && (await isSameFile(path, from.file)) ? from : undefined
      const identity = resumed?.file ?? (await identify(path))
      file = identity
      let place: TextPlace = resumed ? { bytes: resumed.bytes, lines: resumed.lines } : { bytes: 0, lines: 0 }
      if (resumed) logger.info({ file: path, ...place }, 'going on in the middle of a file')
      for await (const batch of readLines(path, place, signal)) {
        place = batch.to
        yield toSourceBatch(batch, path, positionOf({ name, file: identity, ...place }))
      }
    } catch (error) {
      if (isAppError(error, 'not-found')) return
      if (!isAppError(error, 'corrupt')) throw error
      logger.error({ file: path, error }, 'file cannot be read as a whole')
      outcome = 'failed'
    }
    if (signal.aborted) return
    ended.push({ name, file: file ?? (await inodeOnly(path)), outcome })
    yield { records: [], bytes: 0, position: positionOf(null), positionOf: () => null }
  }

  const positionOf = (current: FolderPosition['current']): Position => ({
    current: current && { ...current, file: { ...current.file } },
    ended: ended.map((one) => ({ ...one, file: { ...one.file } })),
  })

  return {
    name: `folder:${folder}`,
    kind: 'file',
    async *open(from, signal) {
      const parsed = positionJson.safeParse(from ?? NO_POSITION)
      if (!parsed.success)
        logger.warn({ folder, from }, 'saved position not understood: reading all files of the folder')
      const start = parsed.data ?? NO_POSITION
      for (const file of start.ended) await move(file)
      const quiet = createQuietCheck(folder, options.quietMs ?? 1_000)
      while (!signal.aborted) {
        const names = await listNames(folder)
        let read = false
        let unsettled = false
        for (const name of names) {
          if (signal.aborted) return
          // read, and waiting for the position to be saved before it moves
          if (await isEnded(name)) continue
          if (!(await quiet(name))) {
            unsettled = true
            continue
          }
          read = true
          yield* readOne(name, start.current, signal)
        }
        if (options.once && !read && !unsettled) return
        if (!read) await wait(options.pollMs ?? 500, undefined, { signal }).catch(() => {})
      }
    },
    async saved(position) {
      const { ended: safe } = positionJson.parse(position)
      for (const { name, file } of safe) {
        const known = ended.find((one) => one.name === name && one.file.inode === file.inode)
        if (known) await move(known)
      }
    },
  }

  async function isEnded(name: string): Promise<boolean> {
    const known = ended.findLast((one) => one.name === name)
    return known !== undefined && (await isSameFile(join(folder, name), known.file))
  }
}

/** What cannot be opened has no content to be told by. */
async function inodeOnly(path: string): Promise<FileIdentity> {
  const { ino } = await stat(path)
  return { inode: ino, headBytes: 0, head: '' }
}

/** In byte order of the names, so that time stamps in names put the files in order. */
async function listNames(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isFile() && NAMES.test(entry.name)).map(({ name }) => name)
  return names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
}

/** Whether a file has not changed for a while: by its own time, or, where clocks differ, by what we have seen. */
function createQuietCheck(folder: string, quietMs: number): (name: string) => Promise<boolean> {
  const seen = new Map<string, { readonly size: number; readonly modifiedAt: number; readonly since: number }>()
  return async (name) => {
    const info = await stat(join(folder, name)).catch(() => undefined)
    if (info === undefined) return false
    if (Date.now() - info.mtimeMs >= quietMs) return true
    const before = seen.get(name)
    if (before && before.size === info.size && before.modifiedAt === info.mtimeMs) {
      return performance.now() - before.since >= quietMs
    }
    seen.set(name, { size: info.size, modifiedAt: info.mtimeMs, since: performance.now() })
    return quietMs === 0
  }
}

/** `posts.jsonl`, or `posts.1.jsonl` when an earlier file of that name is there: nothing is ever replaced. */
async function freeName(dir: string, name: string): Promise<string> {
  await mkdir(dir, { recursive: true })
  const dot = name.indexOf('.')
  for (let copy = 0; ; copy++) {
    const path = join(dir, copy === 0 ? name : `${name.slice(0, dot)}.${copy}${name.slice(dot)}`)
    if ((await stat(path).catch(() => undefined)) === undefined) return path
  }
}
