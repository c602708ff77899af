/** Planning page by page, over a lake and views that are scripted. */
import { describe, expect, it } from 'vitest'
import { planPage } from '../../activities/plan-hours.ts'
import { beginEdition, type Edition } from '../../model/editions.ts'
import type { LayoutChange } from '../../model/generations.ts'
import { firstHourOf, lastHourOf, type Unit } from '../../model/plan.ts'
import { type HourId, hoursBetween, nextHour } from '../../model/time.ts'
import { newEdition } from '../views/documents.ts'

const FIRST = '2026-01-01T00' as HourId
const MB = 1024 * 1024
const { signal } = new AbortController()

/** Every hour has two partitions of `bytes` together; `computed` are up to date, `open` are not sealed. */
function lakeOf(
  hours: readonly HourId[],
  facts: {
    bytes?: number
    edition?: Partial<Edition>
    computed?: ReadonlySet<HourId>
    open?: ReadonlySet<HourId>
    changes?: readonly LayoutChange[]
  } = {},
) {
  const { bytes = MB, computed = new Set(), open = new Set(), changes = [] } = facts
  const edition = { ...beginEdition(newEdition(), 1), ...facts.edition }
  const lake = {
    walkHours: async (_stream: unknown, { from, to }: { from?: HourId; to?: HourId }) =>
      hours.filter((hour) => (!from || hour >= from) && (!to || hour < to)).map((hour) => ({ hour, changedAt: 0 })),
    outline: async (_stream: unknown, { hour }: { hour: HourId }) => ({
      digest: 'd',
      wholeDigest: 'd',
      bytes,
      sealed: !open.has(hour),
      isEmpty: false,
      partitions: [0, 1],
      spans: [0, 1].map((partition) => ({ partition, from: 0, to: 10 })),
    }),
    layoutChanges: async () => changes,
  }
  const views = {
    editions: { get: async () => edition },
    batch: {
      digests: async () =>
        new Map([...computed].map((hour) => [hour, { digest: 'd', extractor: 'hashtags@1', records: 1 }])),
    },
  }
  return { lake, views, settings: { fanOutBytes: 1024 * MB } } as unknown as Parameters<typeof planPage>[0]
}

/** All pages, as the engine asks for them when everything of a page is set aside as done. */
async function pagesOf(deps: Parameters<typeof planPage>[0], newestFirst: boolean): Promise<Unit[][]> {
  const pages: Unit[][] = []
  for (let from: HourId | null = null; pages.length < 100; ) {
    const page = await planPage(deps, { stream: 'posts', target: 1, from, except: [], newestFirst }, signal)
    pages.push([...page.units])
    if (page.next === null) return pages
    from = page.next
  }
  throw new Error('planning does not come to an end')
}

const hoursOf = (units: readonly Unit[]) =>
  units.flatMap((unit) => hoursBetween(firstHourOf(unit), nextHour(lastHourOf(unit))))

describe.each([false, true])('planning (newest first: %s)', (newestFirst) => {
  const hours = hoursBetween(FIRST, nextHour(FIRST, 4_500))

  it.each([MB, 40 * MB])('comes to every hour exactly once, whatever an hour weighs (%i bytes)', async (bytes) => {
    const pages = await pagesOf(lakeOf(hours, { bytes }), newestFirst)
    expect(pages.length).toBeGreaterThan(2)
    expect(hoursOf(pages.flat()).sort()).toEqual(hours)
  })

  it('goes from page to page and from unit to unit in its order', async () => {
    const firsts = (await pagesOf(lakeOf(hours), newestFirst)).flat().map(firstHourOf)
    expect(firsts).toEqual(newestFirst ? firsts.toSorted().reverse() : firsts.toSorted())
    expect(firsts.length).toBeGreaterThan(40)
  })

  it('looks at the own hours of an edition only, and leaves alone what is computed or not sealed', async () => {
    const [since, until] = [nextHour(FIRST, 10), nextHour(FIRST, 20)]
    const [done, unsealed] = [nextHour(FIRST, 12), nextHour(FIRST, 15)]
    const deps = lakeOf(hours, { edition: { since, until }, computed: new Set([done]), open: new Set([unsealed]) })
    const page = await planPage(deps, { stream: 'posts', target: 1, from: null, except: [since], newestFirst }, signal)
    expect(page).toMatchObject({ looked: 10, open: 1, next: null, ahead: 0 })
    expect(page.units).toMatchObject([{ from: nextHour(FIRST, 11), until, hours: 7 }])
  })

  it('fans a large hour out, unless it straddles a change of the number of partitions', async () => {
    const change = { at: 1, before: 1, after: 2, begins: { 0: 5 }, ends: null }
    const kindsOf = async (changes: readonly LayoutChange[]) => {
      const deps = lakeOf([FIRST], { bytes: 2_000 * MB, changes })
      const page = await planPage(deps, { stream: 'posts', target: 1, from: null, except: [], newestFirst }, signal)
      return page.units.map(({ kind }) => kind)
    }
    expect(await kindsOf([])).toEqual(['fan-out'])
    expect(await kindsOf([change])).toEqual(['stretch'])
  })
})
