/**
 * Holds answers against what a plain count of the posts says, by either rule, and finds out whether an answer mixes editions.
 *
 * An hour's truth changes when late records come; an answer may be from before or after. So each hour has versions, the oldest
 * first, and an answer is right when some choice of versions gives it, all hours counted as one edition counts them: hours
 * before `since` by the old rule, the others all by the old or all by the new one.
 */
import { compareRank } from '../../model/tally.ts'
import { type HourId, hoursBetween } from '../../model/time.ts'
import type { Answer } from '../../views/answer.ts'
import type { HourTruth, LakeOfPosts, Rule } from './lake-of-posts.ts'

export interface Rules {
  /** Of the edition that is live first, and of hours before `since`. */
  readonly old: Rule
  readonly new: Rule
  readonly since: HourId
}

export type Verdict = { readonly rule: Rule } | { readonly wrong: string }

export class AnswerChecker {
  readonly #posts: LakeOfPosts
  readonly #rules: Rules
  readonly #n: number
  readonly #versions = new Map<HourId, Readonly<Record<Rule, HourTruth>>[]>()
  /** Hours that every edition has: none of them may be missing. */
  readonly #always: ReadonlySet<HourId>
  /** By the new rule, older versions than these were caught up with before it was published. */
  readonly #least = new Map<HourId, number>()

  /** @param hours those that are in every edition from the beginning */
  constructor(posts: LakeOfPosts, rules: Rules, n: number, hours: readonly HourId[]) {
    this.#posts = posts
    this.#rules = rules
    this.#n = n
    this.#always = new Set(hours)
    for (const hour of hours) this.note(hour)
  }

  /** The hour is, from now on, also right as the posts are now. */
  note(hour: HourId): void {
    const truth = (rule: Rule) => this.#posts.truth(hour, rule)
    const versions = this.#versions.get(hour) ?? []
    versions.push({ 'hashtags@1': truth('hashtags@1'), 'hashtags@2': truth('hashtags@2') })
    this.#versions.set(hour, versions)
  }

  /** From now on, an answer by the new rule must have everything that is there. */
  demandAllByNewRule(): void {
    for (const [hour, versions] of this.#versions) {
      if (hour >= this.#rules.since) this.#least.set(hour, versions.length - 1)
    }
  }

  /** Hours one by one, as one question answered them. An hour that closed meanwhile may be missing. */
  checkByHour(answers: readonly Answer[]): Verdict {
    return this.#judge((rule) => {
      const wrong = answers.find((answer) => {
        const isMissing = answer.provenance.origin === 'none'
        if (isMissing) return !this.#mayMiss(answer.from, rule)
        return !this.#candidates(answer.from, rule).some((truth) => this.#shown([truth]) === this.#asked(answer))
      })
      return wrong === undefined ? null : `hour ${wrong.from} is ${this.#asked(wrong)}`
    })
  }

  /** A range as one window; all its hours are there. */
  checkRange(answer: Answer): Verdict {
    const asked = this.#asked(answer)
    return this.#judge((rule) => {
      let choices: (readonly HourTruth[])[] = [[]]
      for (const hour of hoursBetween(answer.from, answer.to)) {
        const candidates = this.#candidates(hour, rule)
        choices = choices.flatMap((chosen) => candidates.map((truth) => [...chosen, truth]))
      }
      return choices.some((chosen) => this.#shown(chosen) === asked) ? null : `the range is ${asked}`
    })
  }

  #judge(wrongBy: (rule: Rule) => string | null): Verdict {
    const reasons: string[] = []
    for (const rule of [this.#rules.old, this.#rules.new]) {
      const wrong = wrongBy(rule)
      if (wrong === null) return { rule }
      reasons.push(`not ${rule} alone: ${wrong}`)
    }
    return { wrong: reasons.join('; ') }
  }

  #ruleOf(hour: HourId, rule: Rule): Rule {
    return hour < this.#rules.since ? this.#rules.old : rule
  }

  /** An hour that came later is not in every edition at once; one that was caught up with is. */
  #mayMiss(hour: HourId, rule: Rule): boolean {
    const isCaughtUp = rule === this.#rules.new && this.#least.has(hour)
    return !isCaughtUp && !this.#always.has(hour)
  }

  #candidates(hour: HourId, rule: Rule): readonly HourTruth[] {
    const versions = (this.#versions.get(hour) ?? []).map((version) => version[this.#ruleOf(hour, rule)])
    return rule === this.#rules.new ? versions.slice(this.#least.get(hour) ?? 0) : versions
  }

  /** What an answer shows of these hours together. */
  #shown(truths: readonly HourTruth[]): string {
    const sums = new Map<string, number>()
    for (const { counts } of truths) {
      for (const [key, count] of Object.entries(counts)) sums.set(key, (sums.get(key) ?? 0) + count)
    }
    const rows = [...sums].map(([key, count]) => ({ key, count })).sort(compareRank)
    const records = truths.reduce((sum, truth) => sum + truth.records, 0)
    const total = rows.reduce((sum, { count }) => sum + count, 0)
    return textOf(rows.slice(0, this.#n), records, total)
  }

  #asked({ rows, records, total }: Answer): string {
    return textOf(rows, records, total)
  }
}

function textOf(rows: readonly { readonly key: string; readonly count: number }[], records: number, total: number) {
  return `${rows.map(({ key, count }) => `${key} ${count}`).join(', ')} of ${records} records, ${total} in all`
}
