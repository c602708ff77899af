/** Cleanup and what is live: the last 60 minutes, and those before, are made of slots that batch does not have. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type HourId, hourOf, hourStart, nextHour, slotId } from '../../model/time.ts'
import { BatchFixture, key } from '../activities/batch-fixture.ts'
import { knownPosts } from '../activities/lake-of-posts.ts'
import { speedDocument } from '../views/documents.ts'

/** It ended between one hour and two hours ago; the one before it more than two. */
const RECENT = nextHour(hourOf(Date.now()), -2)
const OLD = nextHour(RECENT, -1)

let fixture: BatchFixture
beforeAll(async () => {
  fixture = await BatchFixture.start({ worker: true })
  for (const [i, hour] of [OLD, RECENT].entries()) {
    await fixture.posts.append(knownPosts(hour, 20, i * 1_000))
    const slot = slotId(hourStart(hour))
    await fixture.views.speed.put([speedDocument({ a: 1 }, { slot, extractor: 'hashtags@1', closed: true })])
  }
})
afterAll(() => fixture?.[Symbol.asyncDispose]())

describe('the hourly run', () => {
  it('computes hours as soon as they are sealed, and leaves the slots of the last two hours', async () => {
    expect(await fixture.hourly()).toMatchObject({ done: { hours: 2 } })
    const computed = await fixture.views.batch.hours({ ...key, edition: 1 })
    expect(computed).toEqual([OLD, RECENT])
    const kept: readonly HourId[] = await fixture.views.speed.hours(key)
    // when an hour began meanwhile, RECENT is old as well
    expect(hourOf(Date.now()) === nextHour(RECENT, 2) ? kept : [RECENT]).toEqual([RECENT])
  })
})
