import { describe, expect, it } from 'vitest'
import type { RawRecord } from '../../ingest/source.ts'
import { createSyntheticSource, type SyntheticSourceOptions } from '../../ingest/sources/synthetic.ts'
import type { Post } from '../../model/streams/posts.ts'
import { JSON_FORMS } from '../../model/synthetic/json.ts'
import { batchesOf, collect } from './collect.ts'

const FROM = Date.UTC(2026, 10, 16)
const options: SyntheticSourceOptions = { seed: 3, from: FROM, to: FROM + 3_600_000, posts: 2_345 }
const idsOf = (records: readonly RawRecord[]) => records.map((record) => (record as Post).id)

describe('the synthetic source', () => {
  it('goes on at any position as if it had never stopped', async () => {
    const whole = idsOf(await collect(createSyntheticSource(options)))
    const batches = await batchesOf(createSyntheticSource(options))
    let before = 0
    for (const batch of batches) {
      before += batch.records.length
      expect(idsOf(await collect(createSyntheticSource(options), batch.position))).toEqual(whole.slice(before))
    }
    expect(before).toBe(whole.length)
  })

  it('gives the same with a rate, and takes its time', async () => {
    const some = { ...options, posts: 60 }
    const startedAt = performance.now()
    const paced = await batchesOf(createSyntheticSource({ ...some, rate: 300 }))
    expect(performance.now() - startedAt).toBeGreaterThan(190)
    expect(idsOf(paced.flatMap(({ records }) => records))).toEqual(idsOf(await collect(createSyntheticSource(some))))
    const middle = Math.floor(paced.length / 2)
    const rest = await collect(createSyntheticSource(some), paced[middle]!.position)
    expect(idsOf(rest)).toEqual(idsOf(paced.slice(middle + 1).flatMap(({ records }) => records)))
  })

  it('has another name, hence another position, for everything that its posts depend on', () => {
    const names = [
      options,
      ...(['seed', 'from', 'to', 'posts', 'tags'] as const).map((key) => ({
        ...options,
        [key]: (options[key] ?? 0) + 5,
      })),
      { ...options, copies: 0 },
    ].map((one) => createSyntheticSource(one).name)
    expect(new Set(names).size).toBe(names.length)
  })

  it('ends when it is asked to', async () => {
    const stop = new AbortController()
    const source = createSyntheticSource({ ...options, rate: 1 })
    setImmediate(() => stop.abort())
    let batches = 0
    for await (const _ of source.open(undefined, stop.signal)) batches++
    expect(batches).toBeLessThan(3)
  })

  it.each(JSON_FORMS)('gives lines of the form %s', async (form) => {
    const [line] = await collect(createSyntheticSource({ ...options, posts: 1, form }))
    expect(JSON.parse(line as string)).toHaveProperty(form === 'v2' ? 'data' : 'text')
  })
})
