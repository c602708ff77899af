/** What is different about some of the hours, in words. */
import type { Answer } from '../../contract/top.ts'
import { usePage } from '../state/page-context.ts'
import { type HourNote, notesOf } from './hour-differences.ts'

export function HourNotes({ answers }: { readonly answers: readonly Answer[] }) {
  const page = usePage()
  const { text, now } = page
  const notes = notesOf(answers, now)
  return (
    <section class="notes" aria-label={text.hours.notes}>
      {notes.length === 0 ? (
        <p class="quiet">{text.hours.none}</p>
      ) : (
        <ul>
          {notes.map((note) => (
            <li key={`${note.from} ${note.kind}`}>
              <span class={`badge ${note.kind}`}>{note.kind === 'bound' ? '≈' : text.standing[note.kind]}</span>{' '}
              {wordsOf(note, page)}
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

function wordsOf(note: HourNote, { text, format }: Pick<ReturnType<typeof usePage>, 'text' | 'format'>): string {
  const span = `${format.hour(note.from)}–${format.hour(note.to)}`
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
      return text.hours.noteBound(span, note.why)
    default:
      return note satisfies never
  }
}
