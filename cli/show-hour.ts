/** One hour of the ledger whole, and what is wrong with many, as people read it. Pure. */
import { DateTime } from 'luxon'
import type { Lacking } from '../model/ledger.ts'
import { LEDGER_WORDS } from '../model/ledger-words.ts'
import { nextHour } from '../model/time.ts'
import { wordsFor } from '../model/wording.ts'
import type { HourReport } from '../views/ask-hours.ts'
import type { HourProblems } from '../views/ask-problems.ts'
import { bytesText, glyphOf, type HourContext, looks, percent, shareText, signed, timeText } from './hour-text.ts'
import { count } from './progress.ts'
import { windowText } from './show-answer.ts'
import { tableText } from './table.ts'

/** Everything of one hour. */
export function showHour(one: HourReport, context: HourContext): string {
  const { style, zone } = context
  const { archived, computed, completeness } = one
  const moment = (ms: number | null) => (ms === null ? '-' : timeText(ms, one, zone))
  const lines: [string, string][] = [
    ['state', `${glyphOf(one.state, context)} ${one.state}${style('dim', `: ${looks[one.state].means}`)}`],
    ['sealed', one.sealedAt === null ? 'no' : moment(one.sealedAt)],
    ...one.amendments.map(({ at, records }): [string, string] => ['amended', `${signed(records)} at ${moment(at)}`]),
  ]
  if (archived) {
    lines.push(
      ['records', `${count(archived.records)} archived, ${count(archived.late)} of them late`],
      ['files', `${count(archived.files)}, ${bytesText(archived.bytes)}`],
      ['arrived', `first ${moment(archived.firstArrivedAt)}, last ${moment(archived.lastArrivedAt)}`],
    )
    if (archived.lost > 0) lines.push(['lost', style('red', `up to ${count(archived.lost)}: Kafka had deleted them`)])
  }
  const { vanished = NONE, accepted = NONE } = one.quarantined
  const aside = minus(one.quarantined, vanished)
  const gone = minus(vanished, accepted)
  if (aside.files > 0) lines.push(['quarantined', style('red', lackingText(aside))])
  if (gone.files > 0) lines.push(['vanished', style('red', lackingText(gone))])
  if (accepted.files > 0) {
    const who = "'tendance quarantine list' says who accepted it, and why"
    lines.push(['lost for ever', style('red', `${lackingText(accepted)}${style('dim', ` (${who})`)}`)])
  }
  if (one.refused) lines.push(['not sealed', style('red', one.refused)])
  if (one.failure) lines.push(['failed', style('red', `${one.failure.message} (at ${moment(one.failure.at)})`)])
  if (computed) {
    const by = computed.boards.map(({ board, edition, extractor }) => `${board} in edition ${edition} by ${extractor}`)
    lines.push(
      [
        'computed',
        `${count(computed.records)} records, ${count(computed.copies)} copies removed${computed.longTerms ? `, ${count(computed.longTerms)} terms left out as too long` : ''}, at ${moment(computed.at)}${computed.current ? '' : style('yellow', ', to be computed again')}`,
      ],
      ['by', by.join(', ')],
    )
  }
  lines.push(
    [
      'complete',
      `${shareText(completeness.computed) || 'not known'} of what is archived${completeness.archived === null ? '' : `, ${shareText(completeness.archived)} of what Kafka took`}`,
    ],
    ['editions', one.editions.join(', ') || 'none'],
    ...one.agreements.map((agreement): [string, string] => [
      `live ${agreement.board}`,
      agreement.agrees ? style('green', 'agreed with batch: the same records, top 10 and counts') : offText(agreement),
    ]),
  )
  const width = Math.max(...lines.map(([name]) => name.length)) + 2
  const partitions = archived?.partitions ?? []
  return [
    `${style('bold', one.stream)}  ${windowText(one.hour, nextHour(one.hour), zone)}`,
    '',
    ...lines.map(([name, text]) => `${style('dim', name.padEnd(width))}${text}`),
    ...(partitions.length > 0
      ? [
          '',
          tableText(
            ['partition', 'from offset', 'to', 'records'].map((title) => style('dim', title)),
            partitions.map(({ partition, from, to, records }) => [partition, from, to, count(records)].map(String)),
            { right: [0, 1, 2, 3] },
          ),
        ]
      : []),
  ].join('\n')
}

function offText({ speedRecords, batchRecords, ...off }: HourReport['agreements'][number]): string {
  const { topDiffers, countOffTerm, countOff, shareOff } = off
  return [
    `${count(speedRecords)} records, batch ${count(batchRecords)}`,
    topDiffers > 0
      ? `${topDiffers} of the top 10 ${topDiffers === 1 ? 'was another' : 'were others'}`
      : 'the same top 10',
    countOffTerm === null
      ? 'the same counts'
      : `#${countOffTerm} off by ${count(countOff)}, a count at most by ${percent(shareOff)}`,
  ].join('; ')
}

/** Problems with what to do; or that there are none. */
export function showProblems({ problems, stream, from, to }: HourProblems, { style, zone }: HourContext): string {
  const window = windowText(from, to, zone)
  if (problems.length === 0) return `${style('green', '✓')} all is well with ${stream}, ${window}`
  const writing = { count, time: (ms: number) => DateTime.fromMillis(ms, { zone }).toFormat('ccc d LLL HH:mm') }
  const told = problems.map((problem) => {
    const { what, todo } = wordsFor(LEDGER_WORDS, problem, writing)
    const head = `${style('red', problem.kind)}  ${windowText(problem.from, problem.to, zone)}`
    return `${head}\n  ${what}\n  ${style('dim', '→')} ${todo}`
  })
  return [
    ...told,
    `${count(problems.length)} ${problems.length === 1 ? 'problem' : 'problems'} with ${stream}, ${window}`,
  ].join('\n\n')
}

const NONE: Lacking = { files: 0, records: 0 }

function minus(all: Lacking, some: Lacking): Lacking {
  return { files: all.files - some.files, records: all.records - some.records }
}

function lackingText({ files, records }: Lacking): string {
  return `${count(records)} records in ${count(files)} ${files === 1 ? 'file' : 'files'}`
}
