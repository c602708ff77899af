/** The posts of a campaign: what each id is, so that a list of ids can be counted without any extractor of ours. */
import type { Generated } from '../../model/synthetic/generator.ts'
import { createTruthCounter, type HourTruth } from '../../model/synthetic/truth.ts'
import type { HourId } from '../../model/time.ts'

export class KnownPosts {
  readonly #byId = new Map<string, Generated>()

  note(generated: Generated): void {
    if (!this.#byId.has(generated.post.id)) this.#byId.set(generated.post.id, generated)
  }

  /** @throws Error for an id that nobody has sent */
  of(id: string): Generated {
    const known = this.#byId.get(id)
    if (!known) throw new Error(`nobody has sent the record ${id}`)
    return known
  }

  /** What the hours must show when just these records were kept, however often each. */
  truthOf(ids: Iterable<string>): ReadonlyMap<HourId, HourTruth> {
    const counter = createTruthCounter()
    for (const id of new Set(ids)) counter.add({ ...this.of(id), copy: false })
    return counter.hours()
  }
}
