/**
 * What is different about some hours, as few notes: consecutive hours with the same to be said are one. Pure.
 *
 * Invariant: every hour that is not sealed and proven is in a note.
 */
import type { Answer } from '../../contract/top.ts'

type Gap = Answer['provenance']['gaps'][number]['why']

type Doubted = Pick<Answer, 'doubt' | 'unproven'>

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
    | ({ readonly kind: 'bound' } & Doubted)
    | { readonly kind: 'quarantined'; readonly records: number }
    | { readonly kind: 'refused'; readonly why: string }
  )

/** Why an hour could not be sealed, as the ledger has it. */
export type Refusals = ReadonlyMap<string, string>

/** @param now ms: of an hour that runs it is said how far it is counted */
export function notesOf(answers: readonly Answer[], now: number, refusals: Refusals): readonly HourNote[] {
  const notes: HourNote[] = []
  for (const answer of answers) {
    const refused = refusals.get(answer.from)
    const { from, to } = answer
    const ofHour = notesOfHour(answer, now)
    for (const note of refused ? [...ofHour, { from, to, kind: 'refused' as const, why: refused }] : ofHour) {
      const i = notes.findIndex((other) => other.to === note.from && saysTheSame(other, note))
      if (i < 0) notes.push(note)
      else notes[i] = { ...notes[i]!, to: note.to }
    }
  }
  return notes
}

function notesOfHour(answer: Answer, now: number): readonly HourNote[] {
  const { from, to, standing, exact, doubt, unproven, provenance } = answer
  const { amended, gaps, speed, quarantined } = provenance
  const span = { from, to }
  const isRunning = Date.parse(`${to}:00Z`) > now
  const notes: HourNote[] = amended.map(({ records, at }) => ({ ...span, kind: 'amended', records, at }))
  notes.push(...quarantined.map(({ records }) => ({ ...span, kind: 'quarantined' as const, records })))
  const why = gaps[0]?.why
  if (standing === 'missing') notes.push({ ...span, kind: 'missing', why: why ?? 'unknown' })
  if (standing === 'provisional') {
    notes.push({ ...span, kind: 'provisional', completeTo: isRunning ? (speed?.completeTo ?? null) : null })
  }
  if (!exact && unproven && standing !== 'missing') notes.push({ ...span, kind: 'bound', doubt, unproven })
  return notes
}

/** The hours that are over and not final: of these the ledger may say why. [from, to); null: there is none. */
export function unsettledOf(answers: readonly Answer[], now: number): Span | null {
  const unsettled = answers.filter(
    ({ standing, to }) => (standing === 'provisional' || standing === 'missing') && Date.parse(`${to}:00Z`) <= now,
  )
  const [first, last] = [unsettled[0], unsettled.at(-1)]
  return first && last ? { from: first.from, to: last.to } : null
}

function saysTheSame({ from: _from, to: _to, ...a }: HourNote, { from: _from2, to: _to2, ...b }: HourNote): boolean {
  return a.kind !== 'amended' && a.kind !== 'quarantined' && JSON.stringify(a) === JSON.stringify(b)
}
