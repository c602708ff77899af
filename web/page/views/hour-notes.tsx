/** What is different about some of the hours, in words. */
import type { Answer } from '../../contract/top.ts'
import { Quoted } from '../parts/problem-words.tsx'
import { question } from '../state/api.ts'
import { useAsked, usePage } from '../state/page-context.ts'
import { type Reader, tellDoubt } from '../text/told.ts'
import { type HourNote, notesOf, unsettledOf } from './hour-differences.ts'

/** What stands for a note that has no word of its own. */
const SIGNS = { bound: '≈', quarantined: '−', refused: '!' } as const

export function HourNotes({ answers }: { readonly answers: readonly Answer[] }) {
  const page = usePage()
  const { text, now } = page
  const unsettled = unsettledOf(answers, now)
  const ledger = useAsked(unsettled && question('hours', { from: unsettled.from, to: unsettled.to }))
  const refusals = new Map(
    (ledger?.data?.hours ?? []).flatMap(({ hour, refused }) => (refused === null ? [] : [[hour, refused] as const])),
  )
  const notes = notesOf(answers, now, refusals)
  return (
    <section class="notes" aria-label={text.hours.notes}>
      {notes.length === 0 ? (
        <p class="quiet">{text.hours.none}</p>
      ) : (
        <ul>
          {notes.map((note) => (
            <li key={JSON.stringify(note)}>
              <span class={`badge ${note.kind}`}>{labelOf(note.kind, page)}</span>{' '}
              <span>
                {wordsOf(note, spanOf(note, answers, page), page)}
                {note.kind === 'refused' && (
                  <>
                    {' '}
                    <Quoted>{note.why}</Quoted>
                  </>
                )}
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

function labelOf(kind: HourNote['kind'], { text }: Pick<ReturnType<typeof usePage>, 'text'>): string {
  return kind === 'bound' || kind === 'quarantined' || kind === 'refused' ? SIGNS[kind] : text.standing[kind]
}

function spanOf({ from, to }: HourNote, answers: readonly Answer[], { text, format }: Reader): string {
  const isEvery = answers.length > 1 && from === answers[0]?.from && to === answers.at(-1)?.to
  return isEvery ? text.hours.everyHour : `${format.hour(from)}–${format.hour(to)}`
}

function wordsOf(note: HourNote, span: string, page: Reader): string {
  const { text, format } = page
  switch (note.kind) {
    case 'missing':
      return text.hours.noteMissing(span, text.gapWhy[note.why])
    case 'provisional':
      return note.completeTo === null
        ? text.hours.noteProvisional(span)
        : text.hours.notePending(span, format.time(note.completeTo))
    case 'amended':
      return text.hours.noteAmended(span, format.count(note.records), format.moment(note.at))
    case 'bound':
      return text.hours.noteBound(span, tellDoubt(page, note) ?? '')
    case 'quarantined':
      return text.hours.noteQuarantined(span, format.count(note.records))
    case 'refused':
      return text.hours.noteRefused(span)
    default:
      return note satisfies never
  }
}
