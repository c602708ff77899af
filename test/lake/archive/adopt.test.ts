/** The fence between two topics: whatever dies at whatever step, and whoever of the old topic commits at that moment. */
import { describe, expect, it } from 'vitest'
import { fencePartition } from '../../../lake/archive/adopt.ts'
import { createArchive } from '../../../lake/archive/archive.ts'
import { archivedTo, lastEntry, readLog } from '../../../lake/archive/commit-log.ts'
import type { FileStore } from '../../../lake/file-store.ts'
import { layoutAt } from '../../../lake/layout.ts'
import { silentLogger } from '../../../model/log.ts'
import { archiveMessages, archiveOptions } from '../archived.ts'
import { DEATHS, mortal } from '../broken-store.ts'
import { MemoryStore } from '../memory-store.ts'
import { idsOf, messageOf, postOf, readLake } from '../posts.ts'

const SEVEN = Date.parse('2026-11-16T07:00:00Z')
const layout = layoutAt('/tendance')
const messages = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => messageOf(from + i, postOf(`x:${from + i}`, SEVEN + i * 1_000)))
const log = (store: FileStore) => ({ store, layout, stream: 'posts' as const })

let names = 0
function fence(store: FileStore, knownHigh = 0) {
  const writer = `adopt-${++names}`
  const options = { ...log(store), nextUnique: () => `${writer}/${++names}`, logger: silentLogger }
  return fencePartition(options, 0, { topic: 'tendance.posts', topicId: 'new', writer, knownHigh, at: SEVEN })
}

/** A worker of the old topic that holds messages [from, to) and has not committed them. */
async function holding(store: FileStore, from: number, to: number) {
  const reader = createArchive(archiveOptions(store, layout, { writer: `old-${++names}`, topicId: 'old' })).open(0)
  expect(await reader.start(undefined, 0)).toBe(from)
  await reader.take({ partition: 0, messages: messages(from, to), to, highWatermark: to })
  return reader
}

async function expectChain(store: FileStore) {
  let at = 0
  for await (const entry of readLog(log(store), 0)) {
    expect(entry.from).toBe(at)
    at = entry.to
  }
  expect(await archivedTo(log(store), 0)).toBe(at)
}

describe('the fence between two topics', () => {
  it('begins the new topic behind what is archived, and says what is known to be lost', async () => {
    const store = new MemoryStore()
    await archiveMessages(store, layout, messages(0, 50))
    expect(await fence(store, 70)).toEqual({ base: 71, lost: { partition: 0, from: 50, to: 70 } })
    expect(await fence(new MemoryStore())).toEqual({ base: 1, lost: undefined })
    await expectChain(store)
  })

  it('stops who still holds records of the old topic; the twin: without it they are committed', async () => {
    for (const isFenced of [true, false]) {
      const store = new MemoryStore()
      await archiveMessages(store, layout, messages(0, 50))
      const old = await holding(store, 50, 60)
      const base = isFenced ? (await fence(store)).base : undefined
      const committed = await old.close('stopped').then(
        () => 'committed',
        (error: unknown) => (error as { code: string }).code,
      )
      expect(committed).toBe(isFenced ? 'fenced' : 'committed')
      expect(await archivedTo(log(store), 0)).toBe(base ?? 60)
      await expectChain(store)
    }
  })

  it('comes behind what an old worker commits first', async () => {
    const store = new MemoryStore()
    const old = await holding(store, 0, 20)
    await old.close('stopped')
    expect(await fence(store, 10)).toEqual({ base: 21, lost: undefined })
    expect(idsOf(await readLake(store, layout)).length).toBe(20)
  })

  it('finishes a commit that was cut off, since it is the last one no longer', async () => {
    const store = new MemoryStore()
    const renames = mortal(store, (step) => /^rename .*\/records\//.test(step), 'before')
    await archiveMessages(renames.store, layout, messages(0, 50)).catch(() => {})
    expect(idsOf(await readLake(store, layout))).toEqual([])
    expect((await fence(store)).base).toBe(51)
    expect(idsOf(await readLake(store, layout)).length).toBe(50)
  })

  it.each(DEATHS)('given again after a death at any step (%s), finds what was done and fences once', async (death) => {
    for (let at = 1; ; at++) {
      const store = new MemoryStore()
      await archiveMessages(store, layout, messages(0, 50))
      const dying = mortal(store, at, death)
      const isDead = await fence(dying.store, 60).then(
        () => false,
        () => true,
      )
      expect(await fence(store, 60)).toEqual({ base: 61, lost: { partition: 0, from: 50, to: 60 } })
      await expectChain(store)
      expect((await lastEntry(log(store), 0))?.from).toBe(50)
      if (!isDead && dying.steps.length < at) break
    }
  })
})
