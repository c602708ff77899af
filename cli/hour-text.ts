/** What the views of the ledger share: the glyph of a state, times of an hour, shares, sizes. Pure. */
import { DateTime } from 'luxon'
import type { Amendment, HourState } from '../model/ledger.ts'
import { hourStart } from '../model/time.ts'
import type { HourReport } from '../views/ask-hours.ts'
import { count } from './progress.ts'
import type { ShowContext } from './show-answer.ts'

export type HourContext = Pick<ShowContext, 'zone' | 'style'>

interface Look {
  readonly glyph: string
  readonly style: Parameters<ShowContext['style']>[0]
  readonly means: string
}

/** Each state has a glyph of its own, so that the grid is read as well without colour. */
export const looks: Readonly<Record<HourState, Look>> = {
  computed: { glyph: '✓', style: 'green', means: 'complete, and counted' },
  amended: { glyph: '+', style: 'cyan', means: 'computed again with late records' },
  sealed: { glyph: '◦', style: 'yellow', means: 'complete, not computed yet' },
  open: { glyph: '~', style: 'yellow', means: 'records may still come' },
  behind: { glyph: '!', style: 'red', means: 'should be sealed by now' },
  failed: { glyph: '✗', style: 'red', means: 'could not be computed' },
  gap: { glyph: '·', style: 'yellow', means: 'no records' },
  none: { glyph: '', style: 'dim', means: 'not begun, or before the first record' },
}

export function glyphOf(state: HourState, { style }: HourContext): string {
  return state === 'none' ? ' ' : style(looks[state].style, looks[state].glyph)
}

/** When the hour begins, in the zone. */
export function localOf({ hour }: Pick<HourReport, 'hour'>, zone: string): DateTime {
  return DateTime.fromMillis(hourStart(hour), { zone })
}

/** The time of day; with the day when that is not the hour's own. */
export function timeText(ms: number, { hour }: HourReport, zone: string): string {
  const at = DateTime.fromMillis(ms, { zone })
  const sameDay = at.hasSame(DateTime.fromMillis(hourStart(hour), { zone }), 'day')
  return at.toFormat(sameDay ? 'HH:mm' : 'ccc d LLL HH:mm')
}

/** `amended, +37 at 09:12`; fewer records than before: a file was set aside. */
export function amendmentText({ at, records }: Amendment, one: HourReport, zone: string): string {
  return `${records < 0 ? 'set aside' : 'amended'}, ${signed(records)} at ${timeText(at, one, zone)}`
}

/** `+37`, `−512`. */
export function signed(records: number): string {
  return records < 0 ? `−${count(-records)}` : `+${count(records)}`
}

/** `100%` only when it is all. */
export function shareText(share: number | null): string {
  return share === null ? '' : share === 1 ? '100%' : percent(Math.min(share, 0.9999))
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(2)}%`
}

export function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'] as const
  const step = bytes < 1_000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3))
  const value = bytes / 1_000 ** step
  return `${step === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[step]}`
}
