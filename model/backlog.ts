/**
 * Since when records wait: of a log whose end grows, when it first ended behind an offset. The message's own time cannot tell, as it is the
 * time of the event, which may be years ago when a history is read again.
 */

interface Mark {
  /** The log ended here … */
  end: number
  /** … at this time, ms. */
  readonly at: number
}

/** Ages are true to a second; when the backlog is longer than `MARKS_MAX` seconds, to a thousandth of its length. */
const APART_MS = 1_000
const MARKS_MAX = 2_048

export class Backlog {
  #marks: Mark[] = []
  #apartMs = APART_MS

  /** The log was seen to end at `end`. */
  saw(end: number, at: number): void {
    const last = this.#marks.at(-1)
    if (last && end <= last.end) return
    if (last && at - last.at < this.#apartMs) last.end = end
    else this.#marks.push({ end, at })
    if (this.#marks.length > MARKS_MAX) this.#thinOut()
  }

  /** When the record at `offset`, or one behind it, was first known to be there; undefined: the log was never seen to reach behind it. */
  since(offset: number): number | undefined {
    const first = this.#marks.findIndex(({ end }) => end > offset)
    if (first === -1) {
      this.#marks = []
      this.#apartMs = APART_MS
    } else if (first > 0) this.#marks.splice(0, first)
    return this.#marks[0]?.at
  }

  /** Of marks that are close the oldest time and the furthest end are kept: an age is never told too small. */
  #thinOut(): void {
    this.#apartMs *= 2
    const kept: Mark[] = []
    for (const mark of this.#marks) {
      const last = kept.at(-1)
      if (last && mark.at - last.at < this.#apartMs) last.end = mark.end
      else kept.push(mark)
    }
    this.#marks = kept
  }
}
