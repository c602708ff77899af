import { expect, it } from 'vitest'
import { createArchive } from '../../../lake/archive/archive.ts'
import { layoutAt } from '../../../lake/layout.ts'
import type { Message } from '../../../model/messages.ts'
import { archiveOptions } from '../archived.ts'
import { MemoryStore } from '../memory-store.ts'
import { idsOf, messageOf, postOf, readLake } from '../posts.ts'

const layout = layoutAt('/tendance')
const SEVEN = Date.parse('2026-11-16T07:00Z')

it('rejects what ingest would not have taken: event times before 2006, and in the future', async () => {
  const store = new MemoryStore()
  const rejected: [number, string][] = []
  const reject = async (message: Message, _partition: number, reason: string) => {
    rejected.push([message.offset, reason])
  }
  const reader = createArchive(archiveOptions(store, layout, { clock: () => SEVEN, futureMaxMs: 60_000, reject })).open(
    0,
  )
  await reader.start(undefined, 0)
  const times = [
    SEVEN,
    SEVEN + 60_000,
    SEVEN + 60_001,
    Date.parse('9999-12-31T23:00Z'),
    Date.parse('1971-01-01'),
    Number.NaN,
  ]
  const messages = times.map((timestamp, i) => ({ ...messageOf(i, postOf(`p${i}`, SEVEN)), timestamp }))
  await reader.take({ partition: 0, messages, to: messages.length, highWatermark: messages.length })
  await reader.close('stopped')
  expect(rejected.map(([offset]) => offset)).toEqual([2, 3, 4, 5])
  expect(rejected[1]![1]).toMatch(
    /^the message's time is 9999-12-31T23:00:00.000Z; expected at most 60000 ms in the future/,
  )
  expect(idsOf(await readLake(store, layout))).toEqual(['p0', 'p1'])
})
