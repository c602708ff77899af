import { describe, expect, it } from 'vitest'
import { doubted } from '../../../model/doubt.ts'
import { noting } from '../../../model/run-note.ts'
import type { PipelineProblem } from '../../../web/contract/pipeline.ts'
import { type ProblemFacts, problemFacts } from '../../../web/contract/problem-facts.ts'
import { createFormat } from '../../../web/page/format/format.ts'
import { texts } from '../../../web/page/text/index.ts'
import { LANGUAGES, type Language } from '../../../web/page/text/languages.ts'
import { type Reader, tellChange, tellCode, tellDoubt, tellNote, tellProblem } from '../../../web/page/text/told.ts'
import { CHANGES, DOUBTS, NOTES, PROBLEMS } from './facts.ts'

const readerOf = (lang: Language): Reader => ({ text: texts[lang], format: createFormat(lang, 'UTC') })
const problemOf = (facts: ProblemFacts): PipelineProblem =>
  ({ severity: 'warning', code: facts.cause, message: 'English', remedy: 'English', facts, hours: null }) as never

/** Everything of the facts that a reader has to find again: numbers and moments as their language writes them, names, quotations. */
function detailsOf({ cause: _, ...facts }: { readonly cause: string }, { format }: Reader): readonly string[] {
  const {
    kind: _kind,
    counted: _counted,
    others: _others,
    service: _service,
    group,
    ...rest
  } = facts as Record<string, unknown>
  const details: string[] = []
  const collect = (value: unknown, name: string): void => {
    if (typeof value === 'number') details.push(name === 'at' ? format.moment(value) : format.count(value))
    else if (typeof value === 'string') details.push(value)
    else for (const [inner, part] of Object.entries(value as object)) collect(part, inner)
  }
  collect(rest, '')
  return group === undefined ? details : [...details, `tendance work ${String(group)}`]
}

/** French: a space that a line may end at, before a sign. */
const BREAKABLE = / [:;?!»%]|« /

describe.each(LANGUAGES)('in %s', (lang) => {
  const reader = readerOf(lang)

  it.each(PROBLEMS)('the problem $cause is said whole, with what to do', (facts) => {
    const { what, todo, lang: foreign } = tellProblem(reader, problemOf(facts))
    expect(foreign).toBeUndefined()
    for (const detail of detailsOf(facts, reader)) expect(`${what} ${todo}`).toContain(detail)
    for (const sentence of [what, todo]) {
      expect(sentence.length).toBeGreaterThan(10)
      expect(sentence).not.toMatch(/undefined|NaN|object/)
      if (lang === 'fr') expect(sentence).not.toMatch(BREAKABLE)
      expect(sentence.slice(0, 1)).toBe(sentence.slice(0, 1).toUpperCase())
    }
  })

  it.each(DOUBTS)('the doubt $cause is said whole', (doubt) => {
    const said = tellDoubt(reader, { doubt, unproven: 'English' })
    for (const detail of detailsOf(doubt, reader)) expect(said).toContain(detail)
    expect(said).not.toBe('English')
  })

  it.each(NOTES)('the note $cause is said whole', (noted) => {
    const said = tellNote(reader, { noted, note: 'English' })
    for (const detail of detailsOf(noted, reader)) expect(said).toContain(detail)
    expect(said).not.toBe('English')
  })
})

describe.each(LANGUAGES)('in %s', (lang) => {
  it.each(CHANGES)('why an edition changed, $cause, is said whole', (facts) => {
    const reader = readerOf(lang)
    const said = tellChange(reader, { facts })
    for (const detail of detailsOf(facts, reader)) expect(said).toContain(detail)
    if (lang === 'fr') expect(said).not.toBe(tellChange(readerOf('en'), { facts }))
  })
})

describe('what the page has no words for', () => {
  const reader = readerOf('fr')
  it('is said as the server says it', () => {
    const facts = { cause: 'of-the-future' } as unknown as ProblemFacts
    expect(tellProblem(reader, problemOf(facts))).toEqual({ what: 'English', todo: 'English', lang: 'en' })
    expect(tellDoubt(reader, { doubt: facts as never, unproven: 'English' })).toBe('English')
    expect(tellNote(reader, { noted: facts as never, note: 'English' })).toBe('English')
    expect(tellChange(reader, { facts: facts as never })).toBeUndefined()
    expect(tellCode(reader, { code: 'of-the-future', title: 'English' })).toBe('English')
  })

  it('does not hide what stands in every object', () => {
    const facts = { cause: 'constructor' } as unknown as ProblemFacts
    expect(tellProblem(reader, problemOf(facts)).what).toBe('English')
  })
})

it('nothing is doubted, and nothing noted, when the server says so', () => {
  const reader = readerOf('fr')
  expect(tellDoubt(reader, doubted(null))).toBeNull()
  expect(tellNote(reader, noting(null))).toBe('')
})

it('the languages say each problem in other words', () => {
  for (const facts of PROBLEMS) {
    const [en, fr] = LANGUAGES.map((lang) => tellProblem(readerOf(lang), problemOf(facts)))
    expect(fr!.what).not.toBe(en!.what)
    expect(fr!.todo).not.toBe(en!.todo)
  }
})

it('the contract has each problem, and no other', () => {
  for (const facts of PROBLEMS) expect(problemFacts.parse(facts)).toEqual(facts)
  expect(problemFacts.options).toHaveLength(PROBLEMS.length)
})
