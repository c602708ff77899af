/**
 * Two compactors, the archive, a quarantine and a reader on one hour, their calls to the store in any order: the reader never misses
 * or doubles a record, and in the end each is there once.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FileStore } from '../../../lake/file-store.ts'
import { recordFileName } from '../../../lake/layout.ts'
import { listHour, type RecordFile } from '../../../lake/listing.ts'
import { quarantine, restoreQuarantined } from '../../../lake/quarantine.ts'
import { isAppError } from '../../../model/errors.ts'
import { MemoryStore } from '../memory-store.ts'
import { decodeFile } from '../posts.ts'
import { Archived, compactorOn, HOUR, layout, readDirectory, readHour, recordsOn } from './hour-of-files.ts'

/** Each call happens when the scheduler says so, and is looked at by `after`. */
function scheduled(
  store: FileStore,
  name: string,
  scheduler: fc.Scheduler,
  after: () => Promise<void> = async () => {},
): FileStore {
  const turn = (op: string) => scheduler.schedule(Promise.resolve(), `${name} ${op}`)
  return new Proxy(store, {
    get(target, key: keyof FileStore) {
      const member = target[key]
      if (typeof member !== 'function') return member
      return async (...args: never[]) => {
        await turn(String(key))
        const result = await (member as (...all: never[]) => Promise<unknown>).apply(target, args)
        if (CHANGES.includes(key)) await after()
        return result
      }
    },
  })
}

const CHANGES: readonly PropertyKey[] = ['create', 'renameNoClobber', 'renameReplace', 'delete']

/** Whoever is refused or finds the hour changed has done nothing wrong. */
async function unlessBeaten(work: Promise<unknown>): Promise<void> {
  try {
    await work
  } catch (error) {
    if (!isAppError(error, 'conflict') && !isAppError(error, 'not-found') && !isAppError(error, 'exists')) throw error
  }
}

async function idsIn(disk: FileStore, { path }: RecordFile): Promise<string[]> {
  return decodeFile(await disk.read(path), path).map(({ id }) => id)
}

describe('an hour on which several work', () => {
  it('is read right at every moment, and has every record once in the end', async () => {
    let beaten = 0
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.nat({ max: 7 }),
        fc.constantFrom('nobody', 'quarantine', 'archive'),
        async (scheduler, at, third) => {
          const disk = new MemoryStore()
          const archived = new Archived(disk)
          await archived.commits(4)
          const file = (await listHour({ store: disk, layout }, 'posts', HOUR)).files[at]!
          const doubted = await idsIn(disk, file)
          const before = archived.ids
          const without = before.filter((id) => !doubted.includes(id))
          const checkReader = async (disk: FileStore) => {
            const right = [before, archived.ids, ...(third === 'quarantine' ? [without] : [])]
            expect(right.map(String)).toContain(String(await readHour(disk)))
          }
          const as = (name: string) => scheduled(disk, name, scheduler, () => checkReader(disk))
          const compact = async (name: string) =>
            unlessBeaten(
              compactorOn(as(name), { writer: name, recordsOf: recordsOn(disk) })
                .compactHour('posts', HOUR)
                .catch((error: unknown) => {
                  beaten += 1
                  throw error
                }),
            )
          const work = [compact('c1'), compact('c2')]
          if (third === 'archive') work.push(archived.commit(1, as('archive')))
          if (third === 'quarantine') {
            const note = { reason: 'a test', at: 1, by: 'test', records: 6, unique: 'test/q' }
            work.push(unlessBeaten(quarantine({ store: as('q'), layout }, 'posts', HOUR, file, note)))
          }
          // It lists at one moment and reads at others.
          work.push(checkReader(scheduled(disk, 'reader', scheduler)))
          await scheduler.waitFor(Promise.all(work))

          await unlessBeaten(compactorOn(disk, { writer: 'c3' }).compactHour('posts', HOUR))
          const { quarantined: aside } = await listHour({ store: disk, layout }, 'posts', HOUR)
          for (const one of aside) await restoreQuarantined({ store: disk, layout }, 'posts', HOUR, recordFileName(one))
          await compactorOn(disk, { writer: 'c4' }).compactHour('posts', HOUR)
          expect(await readDirectory(disk)).toEqual(archived.ids)
          expect((await listHour({ store: disk, layout }, 'posts', HOUR)).files).toHaveLength(2)
        },
      ),
      { numRuns: 15, endOnFailure: true },
    )
    // It was not all peaceful.
    expect(beaten).toBeGreaterThan(0)
  })
})
