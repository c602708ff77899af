/** A term's history as people read it: what it came to, then a line a day with a bar an hour. */
import { DateTime } from 'luxon'
import { type HourId, hourStart } from '../model/time.ts'
import type { TermAnswer, TermHour } from '../views/term.ts'
import { csvText } from './csv.ts'
import { count } from './progress.ts'
import { gapText, type ShowContext, unique, windowText } from './show-answer.ts'
import { tableText } from './table.ts'

const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']
const SPELLINGS_MAX = 5

export function showTerm(answer: TermAnswer, context: ShowContext): string {
  const { style, zone } = context
  const title = `${style('bold', `#${answer.shown ?? answer.key}`)}  ${windowText(answer.from, answer.to, zone)}`
  const posts = answer.exact ? count(answer.count) : `${count(answer.count)}–${count(answer.countMax)}`
  const body = answer.countMax === 0 ? style('dim', 'no post of it has been counted') : daysTable(answer, context)
  return [title, '', `${posts} posts${facts(answer, zone)}`, '', body, '', sureness(answer, context)].join('\n')
}

function facts({ firstSeen, peak, best, spellings }: TermAnswer, zone: string): string {
  const others = spellings.map(({ shown }) => `#${shown}`)
  const parts = [
    firstSeen && `first ${momentText(firstSeen, zone)}`,
    peak && `most ${momentText(peak.hour, zone)} with ${count(peak.count)}`,
    best && `best rank ${best.rank} (${momentText(best.hour, zone)})`,
    others.length > 1 &&
      `written ${others.slice(0, SPELLINGS_MAX).join(', ')}${others.length > SPELLINGS_MAX ? ' and otherwise' : ''}`,
  ].filter(Boolean)
  return parts.length > 0 ? ` · ${parts.join(' · ')}` : ''
}

function daysTable({ hours }: TermAnswer, { style, zone }: ShowContext): string {
  const greatest = Math.max(...hours.map((hour) => hour.count))
  const local = (hour: HourId) => DateTime.fromMillis(hourStart(hour), { zone })
  const days = Map.groupBy(hours, ({ hour }) => local(hour).toISODate())
  const rows = [...days.values()].map((own) => {
    const first = local(own[0]!.hour)
    const ranks = own.flatMap(({ rank }) => rank ?? [])
    return [
      first.toFormat('ccc d LLL'),
      `${' '.repeat(first.hour)}${own.map((hour) => bar(hour, greatest, style)).join('')}`,
      count(own.reduce((sum, hour) => sum + hour.count, 0)),
      ranks.length > 0 ? String(Math.min(...ranks)) : '',
    ]
  })
  const head = ['', '0     6     12    18', 'posts', 'best rank'].map((text) => style('dim', text))
  return tableText(head, rows, { right: [2, 3] })
}

/** An eighth-block a hour: a dot where nothing was counted, a question mark where nothing is known. */
function bar({ count: posts, standing }: TermHour, greatest: number, style: ShowContext['style']): string {
  if (standing === 'missing') return style('yellow', '?')
  if (posts === 0) return style('dim', '·')
  const block = BARS[Math.min(BARS.length - 1, Math.floor((posts / greatest) * BARS.length))]!
  return style(standing === 'provisional' ? 'yellow' : 'cyan', block)
}

function sureness({ exact, unproven, hours, provenance }: TermAnswer, { style }: ShowContext): string {
  const { sealed, amended, provisional, missing } = provenance.hours
  const looked = hours.filter(({ from }) => from === 'lake').length
  return [
    provenance.extractors.join(' and '),
    exact ? style('green', 'exact') : style('yellow', `not exact (${unproven})`),
    sealed > 0 && `${count(sealed)} hours sealed`,
    amended > 0 && `${count(amended)} amended`,
    provisional > 0 && style('yellow', `${count(provisional)} provisional`),
    missing > 0 &&
      style(
        'yellow',
        `${count(missing)} missing (${provenance.gaps
          .map(({ why }) => gapText(why))
          .filter(unique)
          .join(', ')})`,
      ),
    looked > 0 && `${count(looked)} looked up in the lake`,
  ]
    .filter(Boolean)
    .join(' · ')
}

function momentText(hour: HourId, zone: string): string {
  return DateTime.fromMillis(hourStart(hour), { zone }).toFormat('ccc d LLL HH:mm')
}

/** RFC 4180; hours in UTC. */
export function termCsv({ key, hours }: TermAnswer): string {
  const head = ['hour', 'key', 'count', 'count_max', 'rank', 'standing', 'edition', 'extractor', 'from']
  return csvText(
    head,
    hours.map((hour) => [
      ...[hour.hour, key, hour.count, hour.countMax, hour.rank],
      ...[hour.standing, hour.edition, hour.extractor, hour.from],
    ]),
  )
}
