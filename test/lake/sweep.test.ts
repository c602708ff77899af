import { describe, expect, it } from 'vitest'
import { createArchive } from '../../lake/archive/archive.ts'
import { layoutAt } from '../../lake/layout.ts'
import { sweepTemporary } from '../../lake/sweep.ts'
import { archiveMessages, archiveOptions } from './archived.ts'
import { Dead, mortal } from './broken-store.ts'
import { MemoryStore } from './memory-store.ts'
import { idsOf, messageOf, postOf, readLake } from './posts.ts'

const layout = layoutAt('/tendance')
const SEVEN = Date.parse('2026-11-16T07:00:00Z')
const messages = Array.from({ length: 200 }, (_, i) => messageOf(i, postOf(`p${i}`, SEVEN + i * 60_000)))
const ids = messages.map((message) => message.key!.toString()).sort()
const TMP = layout.tmpDir('posts')

/** A store whose clock is a day behind until it is told otherwise. */
function oldStore() {
  let now = 1_000
  return { store: new MemoryStore(() => now), later: () => (now = 2_000) }
}

const sweep = (store: MemoryStore, dryRun = false) =>
  sweepTemporary({ store, layout }, 'posts', { olderThan: 1_500, dryRun })

async function countSteps(): Promise<string[]> {
  const { store, steps } = mortal(new MemoryStore(), 0, 'before')
  await archiveMessages(store, layout, messages)
  return steps
}

describe('the sweep', () => {
  it('deletes what a writer that died before its commit left, and only when it is old', async () => {
    const { store } = oldStore()
    const steps = await countSteps()
    const entryAt = steps.findIndex((step) => step.includes('entry.json')) + 1
    await archiveMessages(mortal(store, entryAt, 'after').store, layout, messages).catch(() => {})
    const young = await sweepTemporary({ store, layout }, 'posts', { olderThan: 1_000, dryRun: false })
    expect(young.paths).toEqual([])
    const dry = await sweep(store, true)
    expect(dry.paths).toHaveLength(5)
    expect(dry.bytes).toBeGreaterThan(1_000)
    expect(await sweep(store)).toEqual(dry)
    expect(await sweep(store)).toEqual({ paths: [], bytes: 0 })
    await archiveMessages(store, layout, messages, { writer: 'w2' })
    expect(idsOf(await readLake(store, layout))).toEqual(ids)
  })

  it('leaves nothing behind in the end', async () => {
    const { store, later } = oldStore()
    await archiveMessages(store, layout, messages)
    await sweep(store)
    await sweep(store)
    expect((await store.list(TMP)).map(({ name }) => name).filter((name) => name !== '_swept')).toEqual([])
    later()
    expect(idsOf(await readLake(store, layout))).toEqual(ids)
  })

  it('at any point of a commit, beside a writer that sleeps and comes back, loses no record', async () => {
    const steps = await countSteps()
    for (let at = 1; at <= steps.length; at++) {
      const { store } = oldStore()
      const { store: slow } = sleeping(store, at, () => sweep(store))
      const writer = createArchive(
        archiveOptions(slow, layout, { retries: { firstWaitMs: 1, waitMsMax: 1, totalMs: 1_000 } }),
      )
      const reader = writer.open(0)
      await reader.start(undefined, 0)
      await reader.take({ partition: 0, messages, to: messages.at(-1)!.offset + 1, highWatermark: 200 })
      await reader.close('stopped')
      expect(idsOf(await readLake(store, layout)), `asleep before step ${at}: ${steps[at - 1]}`).toEqual(ids)
    }
  })

  it('cut off at any of its steps, and run again, loses no record of a commit that waits for its renames', async () => {
    const steps = await countSteps()
    const committedAt = steps.findIndex((step) => /rename .*entry\.json/.test(step)) + 1
    for (let at = 1; at <= 6; at++) {
      const { store } = oldStore()
      await archiveMessages(mortal(store, committedAt, 'after').store, layout, messages).catch(() => {})
      const dying = mortal(store, at, 'after').store
      await sweepTemporary({ store: dying, layout }, 'posts', { olderThan: 1_500, dryRun: false }).catch((error) => {
        if (!(error instanceof Dead)) throw error
      })
      await sweep(store)
      await archiveMessages(store, layout, messages, { writer: 'w2' })
      expect(idsOf(await readLake(store, layout))).toEqual(ids)
    }
  })
})

/** Calls `meanwhile` before the changing step `at`. */
function sleeping(store: MemoryStore, at: number, meanwhile: () => Promise<unknown>) {
  let steps = 0
  const before = async () => {
    if (++steps === at) await meanwhile()
  }
  const changing = new Set(['create', 'makeDirs', 'renameNoClobber', 'renameReplace', 'delete'])
  return {
    store: new Proxy(store, {
      get(target, name) {
        const method = Reflect.get(target, name) as unknown
        if (typeof method !== 'function') return method
        return async (...args: unknown[]) => {
          if (typeof name === 'string' && changing.has(name)) await before()
          return method.apply(target, args) as unknown
        }
      },
    }),
  }
}
