import { describe, expect, it } from 'vitest'
import type { HourId } from '../../../model/time.ts'
import { nextHour } from '../../../model/time.ts'
import type { Answer } from '../../../web/contract/top.ts'
import { notesOf, unsettledOf } from '../../../web/page/views/hour-differences.ts'

const FIRST = '2026-11-16T00' as HourId
const NOW = Date.parse('2026-11-16T05:30:00Z')

type Given = Partial<Pick<Answer, 'standing' | 'exact' | 'unproven'>> & { readonly provenance?: object }

/** Hours one after another; what is not said is final and proven. */
function hoursOf(...given: readonly Given[]): readonly Answer[] {
  return given.map(({ provenance, ...rest }, i) => {
    const [from, to] = [nextHour(FIRST, i), nextHour(FIRST, i + 1)]
    const nothing = { amended: [], gaps: [], quarantined: [], speed: null }
    const answer = { from, to, standing: 'sealed', exact: true, unproven: null, doubt: null, ...rest }
    return { ...answer, provenance: { ...nothing, ...provenance } } as unknown as Answer
  })
}

const missing: Given = { standing: 'missing', provenance: { gaps: [{ hour: FIRST, why: 'unknown' }] } }
const none = new Map<string, string>()

describe('what is different about hours', () => {
  it('is nothing when all are final and proven', () => {
    expect(notesOf(hoursOf({}, {}), NOW, none)).toEqual([])
  })

  it('is said once of hours side by side of which the same is to be said', () => {
    const answers = hoursOf(missing, missing, {}, missing, { standing: 'provisional' })
    expect(notesOf(answers, NOW, none).map(({ kind, from, to }) => [kind, from.slice(11), to.slice(11)])).toEqual([
      ['missing', '00', '02'],
      ['missing', '03', '04'],
      ['provisional', '04', '05'],
    ])
  })

  it('is of each hour by itself where it has its own numbers', () => {
    const lacks = (records: number): Given => ({ provenance: { quarantined: [{ hour: FIRST, files: 1, records }] } })
    const notes = notesOf(hoursOf(lacks(5), lacks(5)), NOW, none)
    expect(notes.map((note) => [note.kind, note.from.slice(11), 'records' in note && note.records])).toEqual([
      ['quarantined', '00', 5],
      ['quarantined', '01', 5],
    ])
  })

  it('is why an hour could not be sealed, where the ledger says so', () => {
    const answers = hoursOf({}, { standing: 'provisional' })
    const notes = notesOf(answers, NOW, new Map([[nextHour(FIRST), 'a file is in no commit']]))
    expect(notes.map(({ kind }) => kind)).toEqual(['provisional', 'refused'])
    expect(notes[1]).toMatchObject({ from: nextHour(FIRST), why: 'a file is in no commit' })
  })
})

describe('the ledger is asked', () => {
  it('about hours that are over and not final', () => {
    const answers = hoursOf({}, { standing: 'provisional' }, {}, missing, {}, { standing: 'provisional' })
    expect(unsettledOf(answers, NOW)).toEqual({ from: nextHour(FIRST), to: nextHour(FIRST, 4) })
  })

  it('about nothing when there is none but the running one', () => {
    expect(unsettledOf(hoursOf({}, {}, {}, {}, {}, { standing: 'provisional' }), NOW)).toBeNull()
  })
})
