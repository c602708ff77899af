/** The ledger in the real store, and what askHours and askProblems make of it, of batch views and of editions. */
import { MongoClient } from 'mongodb'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { HOUR_MS, type HourId, hourEnd, hourStart, nextHour } from '../../model/time.ts'
import { type AskHours, askHours } from '../../views/ask-hours.ts'
import { askProblems } from '../../views/ask-problems.ts'
import type { NewHourDocument } from '../../views/hours.ts'
import { openViews, type Views } from '../../views/views.ts'
import { services, uniqueName } from '../services.ts'
import { BOARD, batchDocument, HOUR, hourEntry, newEdition, STREAM } from '../views/documents.ts'

const NOW = hourStart(HOUR) + 4 * HOUR_MS
const WEEK = 168
const AGREEMENT = {
  stream: STREAM,
  board: BOARD,
  hour: HOUR,
  edition: 1,
  extractor: 'hashtags@2',
  batchRecords: 10,
  speedRecords: 10,
  topDiffers: 0,
  countOff: 0,
  countOffTerm: null,
  shareOff: 0,
} as const
const FAILURE = { stream: STREAM, hour: HOUR, edition: 1, code: 'internal', message: 'it broke' } as const

let database: string
let views: Views & AsyncDisposable
let ask: AskHours

beforeAll(() => {
  database = uniqueName('ledger')
})
beforeEach(async () => {
  views = await openViews({ uri: services().mongodb, database, appName: 'test' })
  await views.drop()
  await views.ensureIndexes()
  ask = { views, clock: () => NOW, graceMs: 120_000 }
  return () => views[Symbol.asyncDispose]()
})
afterAll(async () => {
  await using last = await openViews({ uri: services().mongodb, database, appName: 'test' })
  await last.drop()
})

const sealedEntry = (hour: HourId, more: Partial<NewHourDocument> = {}) =>
  hourEntry({ hour, sealedAt: hourEnd(hour) + 300_000, records: 10, files: 1, ...more })
const published = async (since: HourId | null, expectedVersion: number) => {
  const parent = expectedVersion === 0 ? null : expectedVersion
  const { number } = await views.editions.create(newEdition({ since, parent, extractors: { [BOARD]: 'hashtags@2' } }))
  await views.live.publish({ stream: STREAM, edition: number, expectedVersion, by: 'me', at: 1 })
  return number
}
const one = async (hour: HourId = HOUR) =>
  (await askHours(ask, { stream: STREAM, from: hour, to: nextHour(hour) })).hours[0]!

describe('the ledger in the store', () => {
  it('tells from its index how hours stand and how many records complete ones have', async () => {
    await views.hours.put([
      sealedEntry(HOUR),
      sealedEntry(nextHour(HOUR), { quarantined: { files: 1, records: 7 } }),
      hourEntry({ hour: nextHour(HOUR, 2), records: 3, files: 1 }),
      sealedEntry(nextHour(HOUR, 3), { records: 0, files: 0 }),
    ])
    expect([...(await views.hours.standings(STREAM))].map(([hour, { standing }]) => [hour, standing])).toEqual([
      [HOUR, 'sealed'],
      [nextHour(HOUR), 'lacking'],
      [nextHour(HOUR, 2), 'open'],
      [nextHour(HOUR, 3), 'sealed'],
    ])
    expect((await views.hours.standings(STREAM)).get(HOUR)?.digest).toBe('d1')
    expect([...(await views.hours.volumes(STREAM, { to: nextHour(HOUR, 3) }))]).toEqual([
      [HOUR, 10],
      [nextHour(HOUR), 17],
      [nextHour(HOUR, 2), null],
    ])
    expect(await views.hours.bounds(STREAM)).toEqual({ first: HOUR, last: nextHour(HOUR, 2) })
  })

  it('takes an entry of another form for none: the next hourly run writes it anew', async () => {
    await views.hours.put([sealedEntry(HOUR)])
    const client = new MongoClient(services().mongodb)
    try {
      await client
        .db(database)
        .collection('hours')
        .updateOne({}, { $set: { form: 1 } })
    } finally {
      await client.close()
    }
    expect(await views.hours.list(STREAM)).toEqual([])
    await views.hours.put([sealedEntry(HOUR, { records: 11 })])
    expect(await views.hours.list(STREAM)).toMatchObject([{ records: 11 }])
  })

  it('keeps the first agreement of an hour, and the last failure', async () => {
    await views.hours.putAgreements([{ ...AGREEMENT, at: 5 }])
    await views.hours.putAgreements([{ ...AGREEMENT, speedRecords: 3, at: 6 }])
    const asked = { stream: STREAM, hours: [HOUR] } as const
    expect(await views.hours.agreements({ ...asked, board: BOARD })).toMatchObject([{ speedRecords: 10, at: 5 }])
    await views.hours.putFailures([{ ...FAILURE, at: 6 }])
    await views.hours.putFailures([{ ...FAILURE, message: 'it broke again', at: 7 }])
    await views.hours.putFailures([{ ...FAILURE, message: 'an old one', at: 5 }])
    expect(await views.hours.failures(asked)).toMatchObject([{ message: 'it broke again' }])
  })
})

describe('asking for hours', () => {
  beforeEach(() => views.hours.put([sealedEntry(HOUR, { digest: 'd1' })]))

  it('tells which editions have an hour, and which answers for it', async () => {
    await published(null, 0)
    await published(nextHour(HOUR), 1)
    await views.batch.put(batchDocument({ a: 1 }, { edition: 1, copies: 2 }))
    await views.batch.put(batchDocument({ a: 1 }, { edition: 2 }))
    const report = await one()
    expect(report.editions).toEqual([1, 2])
    expect(report).toMatchObject({
      state: 'computed',
      computed: { boards: [{ board: BOARD, edition: 1, extractor: 'hashtags@2' }], copies: 2, current: true },
    })
  })

  it('an hour that failed is failed until it was computed after that', async () => {
    await published(null, 0)
    await views.hours.putFailures([{ ...FAILURE, at: 50 }])
    expect(await one()).toMatchObject({ state: 'failed', failure: { message: 'it broke', at: 50 } })
    await views.batch.put(batchDocument({ a: 1 }, { computedAt: 49 }))
    expect(await one()).toMatchObject({ state: 'failed' })
    await views.batch.put(batchDocument({ a: 1 }, { computedAt: 51 }))
    expect(await one()).toMatchObject({ state: 'computed', failure: null })
    // The twin: a failure of an edition that does not answer for the hour says nothing of it.
    await views.hours.putFailures([{ ...FAILURE, edition: 9, at: 60 }])
    expect(await one()).toMatchObject({ state: 'computed' })
  })

  it('a view of other files is not current', async () => {
    await published(null, 0)
    await views.batch.put(batchDocument({ a: 1 }, { digest: 'd0' }))
    expect((await one()).computed).toMatchObject({ current: false })
  })

  it('answers the 48 hours that end with the running one unless told otherwise', async () => {
    const page = await askHours(ask, { stream: STREAM })
    expect(page).toMatchObject({ from: nextHour(HOUR, 5 - 48), to: nextHour(HOUR, 5), next: null })
    expect(page.hours).toHaveLength(48)
    expect(page.known).toEqual({ first: HOUR, last: HOUR })
  })

  it.each([{ limit: 0 }, { limit: 1_001 }, { limit: 1.5 }])('refuses %j', async (more) => {
    await expect(askHours(ask, { stream: STREAM, ...more })).rejects.toMatchObject({ code: 'bad-input' })
  })
})

describe('asking for problems', () => {
  it('holds an hour against the same hour of the weeks before, also where those lie before the range', async () => {
    const weeks = [1, 2, 3, 4, 5].map((week) => sealedEntry(nextHour(HOUR, -WEEK * week), { records: 900 }))
    await views.hours.put([...weeks, sealedEntry(HOUR, { records: 100 })])
    await views.hours.putArchive({ stream: STREAM, at: NOW, partitions: [], seenTo: null })
    const asked = { stream: STREAM, from: HOUR, to: nextHour(HOUR) } as const
    const drops = async () => (await askProblems(ask, asked)).problems.filter(({ kind }) => kind === 'drop')
    expect(await drops()).toMatchObject([{ from: HOUR, cause: 'few-records', records: 100, usual: 900, weeks: 5 }])
    // The twin: with as many as are usual it is none.
    await views.hours.put([sealedEntry(HOUR, { records: 880, updatedAt: 2 })])
    expect(await drops()).toEqual([])
  })

  it('looks at every page of a long range', async () => {
    const from = nextHour(HOUR, -1_500)
    await views.hours.put([sealedEntry(from, { records: 5, lost: 3 }), sealedEntry(HOUR, { lost: 4 })])
    await views.hours.putArchive({ stream: STREAM, at: NOW, partitions: [], seenTo: null })
    const { problems, ...asked } = await askProblems(ask, { stream: STREAM, from, to: nextHour(HOUR) })
    expect(asked).toMatchObject({ from, to: nextHour(HOUR) })
    expect(problems.filter(({ kind }) => kind === 'lost').map((problem) => problem.from)).toEqual([from, HOUR])
  })
})
