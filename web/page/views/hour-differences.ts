/**
 * What is different about some hours, as few notes: consecutive hours with the same to be said are one. Pure.
 *
 * Invariant: every hour that is not sealed and proven is in a note.
 */
import type { Answer } from '../../contract/top.ts'

type Gap = Answer['provenance']['gaps'][number]['why']

interface Span {
  /** The first hour. */
  readonly from: string
  /** The hour behind the last. */
  readonly to: string
}

export type HourNote = Span &
  (
    | { readonly kind: 'missing'; readonly why: Gap }
    | { readonly kind: 'provisional'; readonly completeTo: number | null }
    | { readonly kind: 'amended'; readonly records: number; readonly at: number }
    | { readonly kind: 'bound'; readonly why: string }
  )

/** @param now ms: of an hour that runs it is said how far it is counted */
export function notesOf(answers: readonly Answer[], now: number): readonly HourNote[] {
  const notes: HourNote[] = []
  for (const answer of answers) {
    for (const note of notesOfHour(answer, now)) {
      const i = notes.findIndex((other) => other.to === note.from && saysTheSame(other, note))
      if (i < 0) notes.push(note)
      else notes[i] = { ...notes[i]!, to: note.to }
    }
  }
  return notes
}

function notesOfHour({ from, to, standing, exact, unproven, provenance }: Answer, now: number): readonly HourNote[] {
  const { amended, gaps, speed } = provenance
  const span = { from, to }
  const isRunning = Date.parse(`${to}:00Z`) > now
  const notes: HourNote[] = amended.map(({ records, at }) => ({ ...span, kind: 'amended', records, at }))
  const why = gaps[0]?.why
  if (standing === 'missing') notes.push({ ...span, kind: 'missing', why: why ?? 'unknown' })
  if (standing === 'provisional') {
    notes.push({ ...span, kind: 'provisional', completeTo: isRunning ? (speed?.completeTo ?? null) : null })
  }
  if (!exact && unproven && standing !== 'missing') notes.push({ ...span, kind: 'bound', why: unproven })
  return notes
}

function saysTheSame({ from: _from, to: _to, ...a }: HourNote, { from: _from2, to: _to2, ...b }: HourNote): boolean {
  return a.kind !== 'amended' && JSON.stringify(a) === JSON.stringify(b)
}
