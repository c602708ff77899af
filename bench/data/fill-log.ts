/**
 * The commit log of a lake that `fillLake` has filled: an entry a record file, as if each had been a commit. What reads the log
 * (`tendance verify`) needs it; what counts does not.
 */
import { encodeEntry } from '../../lake/archive/commit-entry.ts'
import { mapBounded } from '../../lake/concurrency.ts'
import { recordFileName } from '../../lake/layout.ts'
import { type LakePlace, listHour, listHours } from '../../lake/listing.ts'
import { writeWhole } from '../../lake/temporary-files.ts'
import { hourEnd, hourStart } from '../../model/time.ts'

const HOURS_AT_ONCE = 16

/** Resolves to how many entries there are. Entries that are there are left alone. */
export async function fillLog(place: LakePlace): Promise<number> {
  const { store, layout } = place
  const tmpDir = layout.tmpDir('posts')
  const made = await mapBounded(await listHours(place, 'posts'), HOURS_AT_ONCE, async (hour) => {
    const { files } = await listHour(place, 'posts', hour)
    for (const file of files) {
      const { partition, from, to, bytes } = file
      const path = layout.commitFile('posts', partition, from)
      if (await store.stat(path)) continue
      const temp = `${tmpDir}/bench-log/${partition}-${from}`
      const times = { firstEventAt: hourStart(hour), lastEventAt: hourEnd(hour) - 1 }
      const committed = { hour, name: recordFileName(file), temp, bytes, records: to - from, ...times }
      const entry = {
        version: 1,
        stream: 'posts',
        topic: 'bench.posts',
        partition,
        from,
        to,
        writer: 'bench',
        records: to - from,
        rejected: 0,
        missing: [],
        committedAt: hourEnd(hour),
        files: [committed],
      } as const
      await writeWhole(store, path, [encodeEntry(entry)], { tmpDir, unique: `bench-log/${partition}-${from}-entry` })
    }
    return files.length
  })
  return made.reduce((sum, files) => sum + files, 0)
}
