/**
 * An extractor is a pure function of a record that gives its terms, with a version that never changes meaning: whoever
 * wants another rule writes another version, and a recompute with it, so that what was counted stays explained.
 */

export interface Extractor {
  /** `family@version`: `hashtags@2`. */
  readonly name: string
  /** What boards ask for: a board counts one family; which version is an edition's matter. */
  readonly family: string
  readonly version: number
  /** The rule in a few words, for people who choose. */
  readonly about: string
  /** Terms of one text as written, without their sign, in the order of the text, repeats kept. Throws on no input. */
  readonly extract: (text: string) => readonly string[]
  /** What two spellings of one term have in common. */
  readonly key: (shown: string) => string
}
