/**
 * Which files of an hour become one. Pure.
 *
 * A compacted file must hold everything of its partition and schema in its range of offsets (lake/layout.ts), so a group is a run of
 * neighbours of one schema with nothing quarantined between them. Files of half the wanted size or more are large enough: rewriting them again and again
 * for a late record each would cost more than it saves.
 */
import type { HourListing, RecordFile } from '../listing.ts'

/** At least two files of one partition, by offset. */
export type Group = readonly RecordFile[]

export function groupsOf(
  { files, quarantined }: Pick<HourListing, 'files' | 'quarantined'>,
  fileBytesMax: number,
): readonly Group[] {
  const groups: RecordFile[][] = []
  let open: RecordFile[] = []
  let bytes = 0
  const close = () => {
    if (open.length > 1) groups.push(open)
    open = []
    bytes = 0
  }
  const sorted = files.toSorted((a, b) => a.partition - b.partition || compareSchemas(a, b) || a.from - b.from)
  for (const file of sorted) {
    const last = open.at(-1)
    const follows = last && last.partition === file.partition && last.schema === file.schema && last.to <= file.from
    if (!follows || bytes + file.bytes > fileBytesMax || lacksBetween(open[0]!, file, quarantined)) close()
    if (file.bytes * 2 >= fileBytesMax) {
      close()
      continue
    }
    open.push(file)
    bytes += file.bytes
  }
  close()
  return groups
}

function lacksBetween(first: RecordFile, last: RecordFile, quarantined: readonly RecordFile[]): boolean {
  return quarantined.some(
    ({ partition, schema, from, to }) =>
      partition === first.partition && schema === first.schema && from < last.to && to > first.from,
  )
}

function compareSchemas(a: RecordFile, b: RecordFile): number {
  const [one, other] = [a.schema ?? '', b.schema ?? '']
  return one < other ? -1 : one > other ? 1 : 0
}
