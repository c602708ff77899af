/** The store is killed while views are written and read: patience carries callers over, and what was acknowledged is there. */
import { describe, expect, it } from 'vitest'
import { isAppError } from '../../model/errors.ts'
import { openViews } from '../../views/views.ts'
import { startOwnStack, uniqueName } from '../services.ts'
import { BOARD, batchDocument, HOUR, newEdition, STREAM, speedDocument } from '../views/documents.ts'

const KILLS = 3
const WRITES_BETWEEN = 60

describe('a store that is killed again and again', () => {
  it('costs patient writers time but no acknowledged write, and an impatient one an error that says what to do', async () => {
    await using own = await startOwnStack({ services: ['mongodb'] })
    const place = { uri: own.addresses.mongodb, database: uniqueName('faults'), appName: 'test' }
    await using views = await openViews({ ...place, patienceMs: 60_000 })
    await using impatient = await openViews(place)
    const store = own.stack.service('mongodb')
    await views.ensureIndexes()
    for (let number = 1; number <= KILLS; number++) await views.editions.create(newEdition())
    let offset = 0
    let version = 0
    for (let kill = 0; kill < KILLS; kill++) {
      for (let i = 0; i < WRITES_BETWEEN; i++) {
        offset++
        expect((await views.speed.put([speedDocument({ a: offset }, { offset })])).stored).toBe(1)
      }
      await store.kill()
      const error = await impatient.live.read(STREAM).catch((error: unknown) => error)
      expect(isAppError(error, 'unavailable')).toBe(true)
      // Both are on their way while nothing answers.
      const put = views.batch.put(batchDocument({ a: kill + 1 }, { computedAt: kill + 1 }))
      const publish = views.live.publish({
        stream: STREAM,
        edition: kill + 1,
        expectedVersion: version,
        by: 'me',
        at: kill,
      })
      await store.start()
      expect(await put).toEqual({ stored: true })
      version = (await publish).version
      const [speed] = await views.speed.get({ stream: STREAM, board: BOARD, extractor: 'hashtags@2', hours: [HOUR] })
      expect(speed).toMatchObject({ offset, counts: [offset] })
    }
    expect(await views.live.read(STREAM)).toMatchObject({ edition: KILLS, version: KILLS, trail: [1, 2] })
    const [batch] = await views.batch.get({ stream: STREAM, board: BOARD, edition: 1, hours: [HOUR] })
    expect(batch).toMatchObject({ counts: [KILLS], computedAt: KILLS })
  })
})
