/** The views of speed read back slot by slot, over all partitions, in a form that compares with the truth. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Views } from '../../views/views.ts'
import type { SlotTruth } from './live-posts.ts'

export interface SlotSeen {
  readonly records: number
  readonly copies: number
  readonly counts: Readonly<Record<string, number>>
}

export type Slots = Record<string, SlotSeen>

const KEY = { stream: 'posts', board: 'hashtags' } as const

/** Partitions hold different records, so their counts add up. All terms must be there: tests stay under 1,000 a slot. */
export async function readSlots(views: Pick<Views, 'speed'>, extractor = 'hashtags@2'): Promise<Slots> {
  const hours = await views.speed.hours(KEY)
  const slots: Record<string, { records: number; copies: number; counts: Record<string, number> }> = {}
  for (const document of await views.speed.get({ ...KEY, extractor, hours })) {
    slots[document.slot] ??= { records: 0, copies: 0, counts: {} }
    const slot = slots[document.slot]!
    slot.records += document.records
    slot.copies += document.copies
    document.keys.forEach((key, i) => {
      slot.counts[key] = (slot.counts[key] ?? 0) + document.counts[i]!
    })
  }
  return slots
}

/** Slots of which all partitions that have records are closed. */
export async function closedSlots(views: Pick<Views, 'speed'>, extractor = 'hashtags@2'): Promise<string[]> {
  const hours = await views.speed.hours(KEY)
  const documents = await views.speed.get({ ...KEY, extractor, hours })
  const open = new Set(documents.filter(({ closed }) => !closed).map(({ slot }) => slot))
  return [...new Set(documents.map(({ slot }) => slot))].filter((slot) => !open.has(slot)).sort()
}

export function slotsOfTruth(truth: ReadonlyMap<string, SlotTruth>): Slots {
  const slots: Slots = {}
  for (const [slot, { ids, copies, counts }] of truth) {
    slots[slot] = { records: ids.size, copies, counts: Object.fromEntries(counts) }
  }
  return slots
}

/** Asks again and again until it is so. */
export async function until(isSo: () => Promise<boolean>, timeoutMs = 30_000): Promise<void> {
  const giveUpAt = Date.now() + timeoutMs
  while (!(await isSo())) {
    if (Date.now() > giveUpAt) throw new Error(`still not so after ${timeoutMs} ms`)
    await sleep(20)
  }
}
