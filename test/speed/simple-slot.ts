/** A slot counter for tests of what is around it: key = id, value = the record's one term. And a plain recount. */
import type { Message } from '../../model/messages.ts'
import { columnsOf, type TallyColumns, tallyOf } from '../../model/tally.ts'
import type { SlotCounter } from '../../speed/partition-counter.ts'

export class SimpleSlot implements SlotCounter {
  readonly #ids = new Set<string>()
  readonly #counts = new Map<string, number>()
  copies = 0

  get records(): number {
    return this.#ids.size
  }

  add({ key, value }: Message): boolean {
    if (key === null) return false
    const id = key.toString()
    const term = value.toString()
    if (this.#ids.has(id)) {
      this.copies++
      return true
    }
    this.#ids.add(id)
    this.#counts.set(term, (this.#counts.get(term) ?? 0) + 1)
    return true
  }

  tally(): TallyColumns {
    return columnsOf(
      tallyOf(
        Array.from(this.#counts, ([key, count]) => ({ key, shown: key, count })),
        this.records,
      ),
    )
  }
}

export interface Event {
  readonly id: number
  readonly at: number
  readonly term: string
}

export function messageOf(event: Event, offset: number): Message {
  return { offset, timestamp: event.at, key: Buffer.from(`${event.id}`), value: Buffer.from(event.term) }
}

export interface Recount {
  readonly records: number
  readonly copies: number
  readonly counts: Readonly<Record<string, number>>
}

/** What a slot's tally must be when it holds the log's records below `offset`. Counts on its own, without the product. */
export function recount(log: readonly Event[], start: number, slotMs: number, offset: number): Recount {
  const ids = new Set<number>()
  const counts: Record<string, number> = {}
  let copies = 0
  for (const event of log.slice(0, offset)) {
    if (event.at < start || event.at >= start + slotMs) continue
    if (ids.has(event.id)) {
      copies++
      continue
    }
    ids.add(event.id)
    counts[event.term] = (counts[event.term] ?? 0) + 1
  }
  return { records: ids.size, copies, counts }
}

export function asRecount(slot: { readonly copies: number; readonly tally: TallyColumns }): Recount {
  const { tally, copies } = slot
  const counts = Object.fromEntries(tally.keys.map((key, i) => [key, tally.counts[i]!]))
  return { records: tally.records, copies, counts }
}
