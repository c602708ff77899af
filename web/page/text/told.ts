/** What the server tells as facts, as the reader reads it: in the words of the page's language, else in the server's English. */
import { capitalised, type Writing } from '../../../model/wording.ts'
import type { Problem } from '../../contract/common.ts'
import type { Edition } from '../../contract/editions.ts'
import type { PipelineProblem } from '../../contract/pipeline.ts'
import type { Progress } from '../../contract/runs.ts'
import type { Answer } from '../../contract/top.ts'
import type { Format } from '../format/format.ts'
import type { Text } from './en.ts'
import { knownWords } from './facts.ts'

export interface Reader {
  readonly text: Text
  readonly format: Format
}

export interface ToldProblem {
  readonly what: string
  readonly todo: string
  /** Of the server's own words; undefined: they are the page's. */
  readonly lang: 'en' | undefined
}

export function tellProblem(reader: Reader, { facts, message, remedy }: PipelineProblem): ToldProblem {
  const known = knownWords(reader.text.facts.problems, facts, writingOf(reader))
  if (!known) return { what: message, todo: remedy, lang: 'en' }
  return { what: capitalised(known.what), todo: capitalised(known.todo), lang: undefined }
}

/** Why an answer is not exact; null: it is. */
export function tellDoubt(reader: Reader, { doubt, unproven }: Pick<Answer, 'doubt' | 'unproven'>): string | null {
  return (doubt && knownWords(reader.text.facts.doubts, doubt, writingOf(reader))) ?? unproven
}

/** Empty: there is nothing to say. */
export function tellNote(reader: Reader, { noted, note }: Pick<Progress, 'noted' | 'note'>): string {
  return capitalised((noted && knownWords(reader.text.facts.notes, noted, writingOf(reader))) ?? note)
}

/** undefined: nobody but who wrote it knows why. */
export function tellChange(reader: Reader, { facts }: Pick<Edition['changes'][number], 'facts'>): string | undefined {
  return facts ? knownWords(reader.text.facts.changes, facts, writingOf(reader)) : undefined
}

export function tellCode({ text }: Pick<Reader, 'text'>, { code, title }: Pick<Problem, 'code' | 'title'>): string {
  const { titles } = text.facts
  return Object.hasOwn(titles, code) ? wordOf(titles, code) : title
}

/** Of a name that others may add to: in the page's words, or as it is. */
export function wordOf(words: Readonly<Record<string, string>>, name: string): string {
  return Object.hasOwn(words, name) ? words[name]! : name
}

function writingOf({ format }: Reader): Writing {
  return { count: format.count, time: format.moment }
}
