/** The views on the real store: what must hold whoever writes at the same time. */
import { MongoClient } from 'mongodb'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { isAppError } from '../../model/errors.ts'
import { type HourId, hoursBetween, slotId } from '../../model/time.ts'
import { openViews, type Views } from '../../views/views.ts'
import { services, uniqueName } from '../services.ts'
import { BOARD, batchDocument, HOUR, hourEntry, newEdition, STREAM, speedDocument } from '../views/documents.ts'

const KEY = { stream: STREAM, board: BOARD } as const
const LIVE_KEY = { ...KEY, extractor: 'hashtags@2' }
const h = (hour: string) => hour as HourId

let views: Views & AsyncDisposable
let database: string

beforeAll(() => {
  database = uniqueName('views')
})

beforeEach(async () => {
  views = await openViews({ uri: services().mongodb, database, appName: 'test' })
  await views.drop()
  await views.ensureIndexes()
  return () => views[Symbol.asyncDispose]()
})

afterAll(async () => {
  await using last = await openViews({ uri: services().mongodb, database, appName: 'test' })
  await last.drop()
})

describe('opening the views', () => {
  it('where nothing answers fails within seconds, with the address, without the password, and with the fix', async () => {
    const uri = 'mongodb://me:secret@127.0.0.1:1/?directConnection=true'
    const error = await openViews({ uri, database, appName: 'test' }).catch((error: unknown) => error)
    expect(isAppError(error, 'unavailable') && error.retry).toBe('later')
    expect(String(error)).toContain('mongodb://127.0.0.1:1/')
    expect(String(error)).toContain('tendance stack up')
    expect(String(error)).not.toContain('secret')
  })

  it('twice makes the indexes once', async () => {
    await views.ensureIndexes()
    expect((await views.probe()).version).toMatch(/^\d+\./)
  })
})

describe('batch views', () => {
  it('give back the tally that was put, whole', async () => {
    const document = batchDocument({ été: 3, '😀': 3, b: 1 }, { copies: 4, amendments: [{ at: 5, records: 37 }] })
    expect(await views.batch.put(document)).toEqual({ stored: true })
    const [found] = await views.batch.get({ ...KEY, edition: 1, hours: [HOUR] })
    expect(found).toEqual({ ...document, _id: 'posts/hashtags/1/2026-11-16T07', origin: 'batch' })
    expect(found?.keys).toEqual(['été', '😀', 'b'])
  })

  it('keep an hour without terms', async () => {
    await views.batch.put(batchDocument({}))
    expect(await views.batch.get({ ...KEY, edition: 1, hours: [HOUR] })).toMatchObject([{ keys: [], distinct: 0 }])
  })

  it('are replaced by what was computed later or again, never by what was computed earlier', async () => {
    await views.batch.put(batchDocument({ a: 1 }, { computedAt: 5, digest: 'd5' }))
    expect(await views.batch.put(batchDocument({ a: 1 }, { computedAt: 5, digest: 'd5' }))).toEqual({ stored: true })
    expect(await views.batch.put(batchDocument({ a: 2 }, { computedAt: 6, digest: 'd6' }))).toEqual({ stored: true })
    expect(await views.batch.put(batchDocument({ a: 1 }, { computedAt: 5, digest: 'd5' }))).toEqual({ stored: false })
    expect(await views.batch.get({ ...KEY, edition: 1, hours: [HOUR] })).toMatchObject([{ digest: 'd6', counts: [2] }])
  })

  it('answer digests, hours and facts by edition and range', async () => {
    for (const hour of hoursBetween(h('2026-11-16T05'), h('2026-11-16T10'))) {
      await views.batch.put(batchDocument({ a: 1 }, { hour, digest: `of ${hour}` }))
    }
    await views.batch.put(batchDocument({ a: 1 }, { edition: 2, hour: h('2026-11-16T06') }))
    const digests = await views.batch.digests({ ...KEY, edition: 1, from: h('2026-11-16T06'), to: h('2026-11-16T08') })
    expect([...digests.keys()].sort()).toEqual(['2026-11-16T06', '2026-11-16T07'])
    expect(digests.get(HOUR)).toEqual({ digest: 'of 2026-11-16T07', extractor: 'hashtags@2', records: 100 })
    expect(await views.batch.hours({ ...KEY, edition: 1 })).toHaveLength(5)
    const [facts] = await views.batch.facts({ ...KEY, edition: 1, hours: [HOUR] })
    expect(facts).toMatchObject({ hour: HOUR, records: 100, tallyPath: '/t/1/2026-11-16T07', amendments: [] })
    expect(facts).not.toHaveProperty('keys')
    expect(await views.batch.delete({ ...KEY, edition: 1, hours: [HOUR] })).toBe(1)
    expect(await views.batch.delete({ ...KEY, edition: 1 })).toBe(4)
    expect(await views.batch.hours({ ...KEY, edition: 2 })).toEqual(['2026-11-16T06'])
  })

  it('written by another version of Tendance are an error that says so', async () => {
    await views.batch.put(batchDocument({ a: 1 }))
    const client = await MongoClient.connect(services().mongodb)
    try {
      await client
        .db(database)
        .collection('batch')
        .updateOne({ hour: HOUR }, { $set: { form: 99 } })
    } finally {
      await client.close()
    }
    await expect(views.batch.get({ ...KEY, edition: 1, hours: [HOUR] })).rejects.toThrow(/form 99.*reads form 1/)
  })
})

describe('speed views', () => {
  it('never go backwards under eight writers, and each writer learns when it was stale', async () => {
    const offsets = Array.from({ length: 200 }, (_, i) => i + 1)
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      let stored = 0
      let stale = 0
      for (const offset of offsets.filter((offset) => offset % 8 === writer)) {
        const result = await views.speed.put([
          speedDocument({ a: offset }, { offset }),
          speedDocument({ a: 1 }, { partition: 1 + writer, offset }),
        ])
        stored += result.stored
        stale += result.stale.length
      }
      return { stored, stale }
    })
    let reading = true
    let seen = 0
    const reader = (async () => {
      while (reading) {
        const [document] = (await views.speed.get({ ...LIVE_KEY, hours: [HOUR] })).filter((d) => d.partition === 0)
        if (!document) continue
        expect(document.offset).toBeGreaterThanOrEqual(seen)
        expect(document.counts).toEqual([document.offset])
        seen = document.offset
      }
    })()
    const results = await Promise.all(writers)
    reading = false
    await reader
    const found = await views.speed.get({ ...LIVE_KEY, hours: [HOUR] })
    expect(found.find((document) => document.partition === 0)).toMatchObject({ offset: 200, counts: [200] })
    expect(found).toHaveLength(9)
    expect(results.reduce((sum, { stored, stale }) => sum + stored + stale, 0)).toBe(400)
  })

  it('refuse a stale owner, and say which documents', async () => {
    await views.speed.put([speedDocument({ a: 20 }, { offset: 20 })])
    const old = speedDocument({ a: 10 }, { offset: 10 })
    const fresh = speedDocument({ b: 1 }, { partition: 3, offset: 1 })
    expect(await views.speed.put([old, fresh])).toEqual({ stored: 1, stale: [old] })
    expect(await views.speed.get({ ...LIVE_KEY, hours: [HOUR] })).toHaveLength(2)
  })

  it('change nothing when repeated, and stay closed once closed, whatever comes', async () => {
    const open = speedDocument({ a: 1 })
    const closed = { ...open, offset: open.offset - 1, closed: true }
    expect(await views.speed.put([open])).toEqual({ stored: 1, stale: [] })
    expect(await views.speed.put([open])).toEqual({ stored: 1, stale: [] })
    expect(await views.speed.put([closed])).toEqual({ stored: 1, stale: [] })
    const further = { ...open, offset: 99 }
    expect(await views.speed.put([further])).toEqual({ stored: 0, stale: [further] })
    expect(await views.speed.get({ ...LIVE_KEY, hours: [HOUR] })).toMatchObject([{ closed: true }])
  })

  it('write thousands at once', async () => {
    const documents = Array.from({ length: 2_500 }, (_, i) =>
      speedDocument(
        { a: 1 },
        { partition: i % 100, slot: slotId(Date.parse('2026-11-16T00:00Z') + Math.floor(i / 100) * 300_000) },
      ),
    )
    expect((await views.speed.put(documents)).stored).toBe(2_500)
    expect(await views.speed.hours(KEY)).toEqual(['2026-11-16T00', '2026-11-16T01', '2026-11-16T02'])
    expect(await views.speed.deleteHours({ ...KEY, hours: [h('2026-11-16T00'), h('2026-11-16T01')] })).toBe(2_400)
    expect(await views.speed.hours(KEY)).toEqual(['2026-11-16T02'])
  })

  it('keep the state of each partition, replaced only by who has seen the one before', async () => {
    const state = {
      ...LIVE_KEY,
      partition: 0,
      version: 1,
      offset: 9,
      resumeFrom: 3,
      watermark: 77,
      finalTo: 70,
      late: 1,
      worker: 'w',
      updatedAt: 5,
    }
    expect(await views.speed.putState(state)).toEqual({ stored: true })
    expect(await views.speed.putState(state)).toEqual({ stored: true })
    expect(await views.speed.putState({ ...state, worker: 'another' })).toEqual({ stored: false })
    const claims = await Promise.all(
      Array.from({ length: 8 }, (_, i) => views.speed.putState({ ...state, version: 2, worker: `w${i}` })),
    )
    expect(claims.filter((claim) => claim.stored)).toHaveLength(1)
    const [there] = await views.speed.states(LIVE_KEY)
    expect(there).toMatchObject({ _id: 'posts/hashtags/hashtags@2/0', version: 2 })
    expect(there?.worker).toBe(`w${claims.findIndex((claim) => claim.stored)}`)
  })
})

describe('the ledger', () => {
  it('keeps the newest entry of each hour, in time order', async () => {
    const entry = hourEntry({ records: 1, bytes: 2, files: 1, updatedAt: 2 })
    const later = { ...entry, hour: h('2026-11-16T09') }
    expect(await views.hours.put([later, entry])).toEqual({ stored: 2 })
    expect(await views.hours.put([{ ...entry, updatedAt: 1, records: 0 }])).toEqual({ stored: 0 })
    expect((await views.hours.list(STREAM)).map(({ hour, records }) => ({ hour, records }))).toEqual([
      { hour: HOUR, records: 1 },
      { hour: '2026-11-16T09', records: 1 },
    ])
    expect(await views.hours.list(STREAM, { from: h('2026-11-16T08') })).toHaveLength(1)
    expect(await views.hours.get(STREAM, [HOUR])).toMatchObject([{ _id: 'posts/2026-11-16T07' }])
  })
})

const DECIDED = { at: 7, by: 'me', why: 'a test' }

describe('editions', () => {
  it('get numbers in order, each once, when many are created at the same time', async () => {
    const created = await Promise.all(Array.from({ length: 12 }, () => views.editions.create(newEdition())))
    expect(created.map((edition) => edition.number).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 12 }, (_, i) => i + 1),
    )
  })

  it('are created once for one token, also by attempts that run at the same time', async () => {
    const created = await Promise.all(Array.from({ length: 8 }, () => views.editions.create(newEdition(), 'run-1')))
    expect(new Set(created.map((edition) => edition.number)).size).toBe(1)
    expect(await views.editions.list(STREAM)).toHaveLength(1)
    expect((await views.editions.create(newEdition(), 'run-2')).number).toBe(2)
  })

  it('change their state only from the states named', async () => {
    await views.editions.create(newEdition())
    expect(await views.editions.setState(STREAM, 1, { ...DECIDED, from: ['building'], to: 'held' })).toMatchObject({
      state: 'held',
    })
    expect(await views.editions.setState(STREAM, 1, { ...DECIDED, from: ['building'], to: 'held' })).toMatchObject({
      state: 'held',
    })
    await expect(views.editions.setState(STREAM, 1, { ...DECIDED, from: ['building'], to: 'failed' })).rejects.toThrow(
      /edition 1 of posts is held/,
    )
    await expect(views.editions.setState(STREAM, 9, { ...DECIDED, to: 'failed' })).rejects.toThrow(/no edition 9/)
  })

  it('chain up to the root', async () => {
    await views.editions.create(newEdition())
    await views.editions.create(newEdition({ parent: 1, since: HOUR }))
    expect(await views.editions.chain(STREAM)).toBeNull()
    await views.live.publish({ stream: STREAM, edition: 2, expectedVersion: 0, by: 'me', at: 1 })
    expect((await views.editions.chain(STREAM))?.chain.map((edition) => edition.number)).toEqual([2, 1])
    await expect(views.editions.chainOf(STREAM, 7)).rejects.toThrow(/no edition 7/)
  })
})

describe('the live edition', () => {
  const act = (edition: number, expectedVersion: number, by = 'me') =>
    ({ stream: STREAM, edition, expectedVersion, by, at: 1 }) as const

  beforeEach(async () => {
    for (let i = 0; i < 8; i++) await views.editions.create(newEdition())
  })

  it.each([0, 1])('is published by exactly one of eight at once, from version %i', async (version) => {
    if (version === 1) await views.live.publish(act(1, 0))
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, (_, i) => views.live.publish(act(1 + i, version, `writer ${i}`))),
    )
    const won = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    expect(won).toHaveLength(1)
    for (const result of results) {
      if (result.status === 'rejected') expect(isAppError(result.reason, 'conflict')).toBe(true)
    }
    expect(await views.live.read(STREAM)).toEqual(won[0])
    const live = (await views.editions.list(STREAM)).filter((edition) => edition.state === 'live')
    expect(live.map((edition) => edition.number)).toEqual([won[0]?.edition])
  })

  it('rolls back down the trail of editions that were live, and no further', async () => {
    await views.live.publish(act(1, 0))
    await views.live.publish(act(3, 1))
    await views.live.publish(act(2, 2))
    expect((await views.editions.get(STREAM, 3))?.state).toBe('retired')
    const back = { stream: STREAM, by: 'me', at: 2 } as const
    expect(await views.live.rollback(back)).toMatchObject({ edition: 3, previous: 1, version: 4 })
    expect(await views.editions.get(STREAM, 3)).toMatchObject({ state: 'live', publishedAt: 2 })
    await expect(views.live.rollback({ ...back, expectedVersion: 3 })).rejects.toThrow(/published in between/)
    expect(await views.live.rollback(back)).toMatchObject({ edition: 1, previous: null, version: 5 })
    await expect(views.live.rollback(back)).rejects.toThrow(/nothing to go back to/)
  })

  it('cannot be an edition that failed, was rejected or is not there', async () => {
    await views.editions.setState(STREAM, 1, { ...DECIDED, to: 'failed' })
    await expect(views.live.publish(act(1, 0))).rejects.toThrow(/is failed and cannot be published/)
    await expect(views.live.publish(act(99, 0))).rejects.toThrow(/no edition 99/)
    expect(await views.live.read(STREAM)).toBeNull()
  })
})
