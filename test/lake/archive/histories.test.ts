/**
 * Any history of appends, takes, ticks, rebalances, deaths in the middle of a commit and owners that do not know that they are no
 * longer: when somebody reads to the end, the lake has every record exactly once, and its log is one chain.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createArchive } from '../../../lake/archive/archive.ts'
import { readLog } from '../../../lake/archive/commit-log.ts'
import { layoutAt } from '../../../lake/layout.ts'
import { isAppError } from '../../../model/errors.ts'
import type { Message, PartitionReader } from '../../../model/messages.ts'
import { archiveOptions } from '../archived.ts'
import { DEATHS, Dead, type Death, mortal } from '../broken-store.ts'
import { MemoryStore } from '../memory-store.ts'
import { idsOf, messageOf, postOf, readLake } from '../posts.ts'

const layout = layoutAt('/tendance')
const SEVEN = Date.parse('2026-11-16T07:00:00Z')
const MEMBERS = 3

type Event =
  | { readonly kind: 'append'; readonly minutes: readonly number[] }
  | { readonly kind: 'open'; readonly member: number; readonly dieAt: number; readonly death: Death }
  | { readonly kind: 'take'; readonly member: number; readonly count: number }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'close'; readonly member: number; readonly reason: 'revoked' | 'lost' | 'stopped' }
  /** All that hold the partition do this at once, knowing nothing of each other. */
  | { readonly kind: 'tick' }

const member = fc.nat({ max: MEMBERS - 1 })
const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      minutes: fc.array(fc.nat({ max: 150 }), { maxLength: 12 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('open' as const),
      member,
      dieAt: fc.nat({ max: 40 }),
      death: fc.constantFrom(...DEATHS),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('take' as const), member, count: fc.integer({ min: 1, max: 20 }) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(1_000, 31_000, 31_000, 3_600_000) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('close' as const),
      member,
      reason: fc.constantFrom('revoked', 'lost', 'stopped'),
    }),
  },
  { weight: 4, arbitrary: fc.constant({ kind: 'tick' as const }) },
)

interface Holding {
  readonly reader: PartitionReader
  next: number
}

class History {
  readonly disk = new MemoryStore()
  readonly kafka: Message[] = []
  readonly #holdings = new Map<number, Holding>()
  #now = SEVEN
  #writers = 0
  deaths = 0
  fenced = 0

  async happen(what: Event): Promise<void> {
    switch (what.kind) {
      case 'append':
        for (const minute of what.minutes) {
          const offset = this.kafka.length
          this.kafka.push(messageOf(offset, postOf(`p${offset}`, SEVEN + minute * 60_000)))
        }
        return
      case 'open':
        // whoever had it before under this name is forgotten without being told, as after kill -9
        return this.#guarded(what.member, async () => {
          const { store } = mortal(this.disk, what.dieAt, what.death)
          await this.open(what.member, store)
        })
      case 'take':
        return this.#guarded(what.member, async (holding) => {
          const messages = this.kafka.slice(holding?.next, (holding?.next ?? 0) + what.count)
          if (!holding || messages.length === 0) return
          holding.next += messages.length
          await holding.reader.take({
            partition: 0,
            messages,
            to: messages.at(-1)!.offset + 1,
            highWatermark: this.kafka.length,
          })
        })
      case 'wait':
        this.#now += what.ms
        return
      case 'close':
        return this.#guarded(what.member, async (holding) => {
          this.#holdings.delete(what.member)
          await holding?.reader.close(what.reason)
        })
      case 'tick':
        await Promise.all(
          [...this.#holdings.keys()].map((each) =>
            this.#guarded(each, async (holding) => void (await holding?.reader.tick(true))),
          ),
        )
        return
      default:
        return what satisfies never
    }
  }

  async open(name: number, store = this.disk as Parameters<typeof archiveOptions>[0]): Promise<Holding> {
    this.#holdings.delete(name)
    const options = archiveOptions(store, layout, {
      writer: `w${++this.#writers}`,
      clock: () => this.#now,
      blockBytes: 300,
    })
    const reader = createArchive(options).open(0)
    const holding = { reader, next: (await reader.start(undefined, 0)) ?? 0 }
    this.#holdings.set(name, holding)
    return holding
  }

  /** A member that dies, or is fenced, holds nothing any more. */
  async #guarded(name: number, work: (holding: Holding | undefined) => Promise<void>): Promise<void> {
    try {
      await work(this.#holdings.get(name))
    } catch (error) {
      this.#holdings.delete(name)
      if (error instanceof Dead) this.deaths++
      else if (isAppError(error, 'fenced')) this.fenced++
      else throw error
    }
  }
}

describe('any history of an archived partition', () => {
  it('ends with every record in the lake exactly once', async () => {
    let [deaths, fenced, records] = [0, 0, 0]
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 10, maxLength: 50, size: 'max' }), async (events) => {
        const history = new History()
        for (const each of events) await history.happen(each)
        const last = await history.open(-1)
        const messages = history.kafka.slice(last.next)
        await last.reader.take({
          partition: 0,
          messages,
          to: (messages.at(-1)?.offset ?? -1) + 1,
          highWatermark: history.kafka.length,
        })
        await last.reader.close('stopped')
        const ids = history.kafka.map((message) => message.key!.toString()).sort()
        expect(idsOf(await readLake(history.disk, layout))).toEqual(ids)
        let at = 0
        for await (const entry of readLog({ store: history.disk, layout, stream: 'posts' }, 0)) {
          expect(entry.from).toBe(at)
          at = entry.to
        }
        expect(at).toBe(ids.length)
        deaths += history.deaths
        fenced += history.fenced
        records += ids.length
      }),
      { numRuns: 200 },
    )
    // the histories were not all peaceful
    expect(deaths).toBeGreaterThan(10)
    // By chance 10 in one run of twenty, so the bound is far below.
    expect(fenced).toBeGreaterThan(3)
    expect(records).toBeGreaterThan(1_000)
  })
})
