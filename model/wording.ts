/**
 * Facts and their words. What is found is told as facts: a `cause`, and the numbers, names and moments that belong to it. A wording has
 * words for every cause of its facts, or it does not compile; so facts can be said in several languages, and no rule has words in it.
 */
export interface Caused {
  readonly cause: string
}

/** How numbers and moments are written; who reads says it. */
export interface Writing {
  count(n: number): string
  time(ms: number): string
}

export type Wording<Facts extends Caused, Words = string> = {
  readonly [Cause in Facts['cause']]: (facts: Extract<Facts, { readonly cause: Cause }>, writing: Writing) => Words
}

export function wordsFor<Facts extends Caused, Words>(
  wording: Wording<Facts, Words>,
  facts: Facts,
  writing: Writing,
): Words {
  // the cause of the facts chooses the function that takes them, which types cannot follow
  const say = wording[facts.cause as Facts['cause']] as (facts: Facts, writing: Writing) => Words
  return say(facts, writing)
}

/** For programs: numbers without separators, moments in ISO. */
export const PLAIN_WRITING: Writing = {
  count: String,
  time: (ms) => new Date(ms).toISOString(),
}

/** As a sentence begins. */
export function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
