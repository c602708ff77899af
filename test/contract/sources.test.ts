/** Reports of sources on the real store: which one stays, whoever is late, and how old ones go. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SourceStanding } from '../../model/source-standing.ts'
import { openViews, type Views } from '../../views/views.ts'
import { services, uniqueName } from '../services.ts'
import { sourceStanding } from '../views/documents.ts'

let views: Views & AsyncDisposable

beforeAll(async () => {
  views = await openViews({ uri: services().mongodb, database: uniqueName('sources'), appName: 'test' })
})

afterAll(async () => {
  await views?.drop()
  await views?.[Symbol.asyncDispose]()
})

function standing(name: string, reportedAt: number, more: Partial<SourceStanding> = {}): SourceStanding {
  return sourceStanding({ name, reportedAt, records: reportedAt, position: '{"a.b":{"$c":1}}', ...more })
}

const told = async (name: string) => (await views.sources.list('posts', 0)).filter((source) => source.name === name)

describe('a report of a source', () => {
  it('comes back as it was given; the next one replaces it whole', async () => {
    const first = standing('socket:[::1]:7', 5, { movedAt: 4, rate: 2.5 })
    expect(await views.sources.put(first)).toEqual({ stored: true })
    expect(await told(first.name)).toEqual([first])
    const last = standing(first.name, 6, { state: 'ended' })
    expect(await views.sources.put(last)).toEqual({ stored: true })
    expect(await told(first.name)).toEqual([last])
  })

  it('is never replaced by an older one; the same again changes nothing', async () => {
    const newer = standing('file:/a', 10)
    await views.sources.put(newer)
    expect(await views.sources.put(standing('file:/a', 9))).toEqual({ stored: false })
    expect(await views.sources.put(newer)).toEqual({ stored: true })
    expect(await told('file:/a')).toEqual([newer])
  })

  it('is the newest of many that come at once, in any order', async () => {
    const reports = Array.from({ length: 12 }, (_, i) => standing('file:/b', ((i * 7) % 12) + 1))
    await Promise.all(reports.map((report) => views.sources.put(report)))
    expect((await told('file:/b')).map(({ reportedAt }) => reportedAt)).toEqual([12])
  })

  it('is of one machine: another machine has a source of its own by that name', async () => {
    await views.sources.put(standing('socket:0.0.0.0:7', 20, { host: 'there' }))
    await views.sources.put(standing('socket:0.0.0.0:7', 10, { host: 'here' }))
    expect((await told('socket:0.0.0.0:7')).map(({ host, records }) => [host, records])).toEqual([
      ['here', 10],
      ['there', 20],
    ])
  })

  it('goes when it is old, and only then', async () => {
    await views.sources.put(standing('file:/old', 1_000))
    await views.sources.put(standing('file:/young', 2_000))
    expect((await views.sources.list('posts', 1_001)).map(({ name }) => name)).toEqual(['file:/young'])
    expect(await views.sources.deleteBefore(2_000)).toBeGreaterThan(0)
    expect((await views.sources.list('posts', 0)).map(({ name }) => name)).toEqual(['file:/young'])
  })
})
