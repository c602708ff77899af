import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { beginEdition, type Edition, type EditionState } from '../../model/editions.ts'
import { editionsToClear, type LiveNow } from '../../model/retention.ts'

const KEEP = 100
type Facts = Partial<Edition> & { readonly state: EditionState; readonly at: number }

/** Edition 1, 2, 3… as given; `at`: when it came into its state. */
function editionsOf(...given: readonly Facts[]): Edition[] {
  return given.map(({ at, ...facts }, i) => {
    const base = {
      stream: 'posts',
      parent: null,
      since: null,
      until: null,
      extractors: { hashtags: 'hashtags@1' },
    } as const
    const edition = beginEdition(
      { ...base, state: 'building', reason: '', by: '', createdAt: 0, workflowId: null },
      i + 1,
    )
    return { ...edition, ...facts, changes: [{ state: facts.state, at, by: '', why: '' }] }
  })
}

const live = (edition: number, previous: number | null = null, at = 0): LiveNow => ({ edition, previous, at })
const clear = (editions: readonly Edition[], now: number, liveNow: LiveNow) =>
  editionsToClear(editions, liveNow, { now, keepMs: KEEP })

describe('what is cleared', () => {
  it('is what ended longer ago than it is kept, and nothing that is built or held', () => {
    const states = ['retired', 'rejected', 'failed', 'building', 'held'] as const
    const editions = editionsOf(...states.map((state) => ({ state, at: 10 })), { state: 'live', at: 10 })
    expect(clear(editions, 10 + KEEP, live(6))).toEqual([])
    expect(clear(editions, 11 + KEEP, live(6))).toEqual([1, 2, 3])
  })

  it('counts from when it was retired, not from when it was published', () => {
    const editions = editionsOf({ state: 'retired', at: 500, publishedAt: 1 }, { state: 'live', at: 500 })
    expect(clear(editions, 500 + KEEP, live(2))).toEqual([])
    expect(clear(editions, 501 + KEEP, live(2))).toEqual([1])
  })

  it('is kept as long as the edition in its place was told to keep it', () => {
    const editions = editionsOf({ state: 'retired', at: 10, keepUntil: 5_000 }, { state: 'live', at: 10 })
    expect(clear(editions, 5_000, live(2))).toEqual([])
    expect(clear(editions, 5_001, live(2))).toEqual([1])
  })

  it('is at once what was cancelled', () => {
    expect(clear(editionsOf({ state: 'cancelled', at: 10 }, { state: 'live', at: 1 }), 10, live(2))).toEqual([1])
  })

  it('is not what a rollback would go to, nor its ancestors', () => {
    const ended = { state: 'retired', at: 0 } as const
    const editions = editionsOf(ended, ended, { ...ended, parent: 2 }, { state: 'live', at: 0 })
    expect(clear(editions, 10 * KEEP, live(4, 3))).toEqual([1])
    expect(clear(editions, 10 * KEEP, live(4))).toEqual([1, 2, 3])
  })

  it('is not the parent of an edition that may still be published', () => {
    const editions = editionsOf(
      { state: 'retired', at: 0 },
      { state: 'held', at: 0, parent: 1 },
      { state: 'live', at: 0 },
    )
    expect(clear(editions, 10 * KEEP, live(3))).toEqual([])
  })

  it('an edition whose retirement a crash left unnoted is kept from the publishing of the live one', () => {
    const editions = editionsOf({ state: 'live', at: 1 }, { state: 'live', at: 900 })
    const seen = [{ ...editions[0]!, state: 'retired' as const }, editions[1]!]
    expect(clear(seen, 900 + KEEP, live(2, null, 900))).toEqual([])
    expect(clear(seen, 901 + KEEP, live(2, null, 900))).toEqual([1])
  })
})

/** A small world: editions, which is live, the trail. Follows views/live.ts. */
class World {
  editions: Edition[] = []
  trail: number[] = []
  live = 0
  now = 0

  #set(number: number, facts: Partial<Edition>): void {
    const old = this.editions[number - 1]!
    const changes = facts.state ? [...old.changes, { state: facts.state, at: this.now, by: '', why: '' }] : old.changes
    this.editions[number - 1] = { ...old, ...facts, changes }
  }

  begin(parent: number | null, keepMs: number | null): void {
    const [edition] = editionsOf({ state: 'building', at: this.now, createdAt: this.now, parent, keepMs })
    this.editions.push({ ...edition!, number: this.editions.length + 1 })
  }

  end(number: number, state: 'rejected' | 'failed' | 'cancelled' | 'held'): void {
    if (['building', 'held'].includes(this.editions[number - 1]!.state)) this.#set(number, { state })
  }

  #makeLive(number: number): void {
    const { keepMs } = this.editions[number - 1]!
    const keepUntil = keepMs === null ? null : this.now + keepMs
    if (this.live) this.#set(this.live, { state: 'retired', keepUntil })
    this.#set(number, { state: 'live', keepUntil: null })
    this.live = number
  }

  /** As the workflow does: only on top of the live one, or as a new root. */
  publish(number: number): void {
    const { state, parent, clearedAt } = this.editions[number - 1]!
    const stands = parent === null || parent === this.live
    if (clearedAt !== null || !stands || !['building', 'held'].includes(state)) return
    if (this.live) this.trail.push(this.live)
    this.#makeLive(number)
  }

  rollback(): void {
    const previous = this.trail.at(-1)
    if (previous === undefined || this.editions[previous - 1]!.clearedAt !== null) return
    this.trail.pop()
    this.#makeLive(previous)
  }

  clean(rule: typeof editionsToClear): void {
    const seen = live(this.live, this.trail.at(-1) ?? null, this.now)
    for (const number of rule(this.editions, seen, { now: this.now, keepMs: KEEP })) {
      this.#set(number, { clearedAt: this.now })
    }
  }

  /** What readers read now: the live edition and its ancestors. */
  get read(): readonly Edition[] {
    const chain: Edition[] = []
    for (let at: number | null = this.live; at !== null; at = chain.at(-1)!.parent) chain.push(this.editions[at - 1]!)
    return chain
  }
}

const step = fc.oneof(
  fc.record({ do: fc.constant('begin' as const), root: fc.boolean(), keep: fc.option(fc.nat(3 * KEEP)) }),
  fc.record({ do: fc.constant('publish' as const), which: fc.nat() }),
  fc.record({
    do: fc.constant('end' as const),
    which: fc.nat(),
    as: fc.constantFrom('rejected' as const, 'failed' as const, 'cancelled' as const, 'held' as const),
  }),
  fc.record({ do: fc.constantFrom('rollback' as const, 'clean' as const), wait: fc.nat(2 * KEEP) }),
)

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** How many editions were cleared, and which of those were read all the same. */
function play(steps: readonly Step[], rule: typeof editionsToClear) {
  const world = new World()
  world.begin(null, null)
  world.publish(1)
  const lost = new Set<number>()
  for (const one of steps) {
    world.now += 'wait' in one ? one.wait : 1
    const which = 'which' in one ? (one.which % world.editions.length) + 1 : 0
    if (one.do === 'begin') world.begin(one.root ? null : world.live, one.keep)
    else if (one.do === 'publish') world.publish(which)
    else if (one.do === 'end') world.end(which, one.as)
    else if (one.do === 'rollback') world.rollback()
    else world.clean(rule)
    for (const { number, clearedAt } of world.read) if (clearedAt !== null) lost.add(number)
  }
  return { lost: [...lost], cleared: world.editions.filter(({ clearedAt }) => clearedAt !== null).length }
}

describe('over random histories of publishing, rolling back and cleaning', () => {
  const histories = fc.array(step, { minLength: 10, maxLength: 60 })

  it('every edition that the live one reads keeps its views', () => {
    let cleared = 0
    fc.assert(
      fc.property(histories, (steps) => {
        const played = play(steps, editionsToClear)
        cleared += played.cleared
        expect(played.lost).toEqual([])
      }),
      { numRuns: 500 },
    )
    expect(cleared).toBeGreaterThan(100)
  })

  it('the twin: a rule that goes by age alone is caught', () => {
    const byAge: typeof editionsToClear = (editions, liveNow, limits) =>
      editions
        .filter(
          ({ number, state, clearedAt }) => number !== liveNow.edition && state === 'retired' && clearedAt === null,
        )
        .filter(({ changes }) => changes.at(-1)!.at + limits.keepMs < limits.now)
        .map(({ number }) => number)
    expect(() =>
      fc.assert(
        fc.property(histories, (steps) => {
          expect(play(steps, byAge).lost).toEqual([])
        }),
        { numRuns: 2_000 },
      ),
    ).toThrow()
  })
})
