/** A trace as people read it: a step of the record's way a line. Pure. */
import { DateTime } from 'luxon'
import { count } from './progress.ts'
import type { ShowContext } from './show-answer.ts'
import type { Trace, TracedHour, TracedView } from './trace.ts'

type Context = Pick<ShowContext, 'zone' | 'style'>
type Line = readonly [what: string, says: string]

const TEXT_SHOWN = 100
const WHAT_WIDTH = 11

export function showTrace(trace: Trace, context: Context): string {
  const { style } = context
  const lines: Line[] = [
    ['record', style('bold', trace.id)],
    ['partition', trace.partition === null ? 'not known: there is no topic' : `${trace.partition}, by its id`],
    ...trace.hours.flatMap((hour) => hourLines(hour, context)),
    ...trace.waiting.map(
      ({ partition, offset, timestamp }): Line => [
        'waiting',
        style('yellow', `in Kafka at ${partition}/${offset}, event ${time(timestamp, context)}: not in the lake yet`),
      ],
    ),
    ...trace.deadLetters.map(
      ({ offset, source, position, reason }): Line => [
        'dead letter',
        style('red', `${offset} of ${source} at ${JSON.stringify(position)}: ${reason}`),
      ],
    ),
  ]
  const times = trace.hours.reduce((sum, { records }) => sum + records.length, 0)
  if (times > 1) lines.push(['copies', `it came ${times} times; an hour counts it once`])
  if (times + trace.waiting.length + trace.deadLetters.length === 0) lines.push(['found', style('red', nowhere(trace))])
  return lines.map(([what, says]) => `${style('dim', what.padEnd(WHAT_WIDTH))} ${says}`).join('\n')
}

function hourLines(hour: TracedHour, context: Context): readonly Line[] {
  const { style } = context
  const unreadable = hour.unreadable.map((why): Line => ['unreadable', style('red', why)])
  if (hour.records.length === 0) return unreadable
  const records = hour.records.flatMap(({ record, path, index, offset, from, to, partition, commit, quarantined }) => {
    const { source, text, created_at: createdAt, received_at: receivedAt } = record
    const shown = String(text).replaceAll(/\s+/g, ' ')
    const lines: Line[] = [
      ['text', shown.length > TEXT_SHOWN ? `${shown.slice(0, TEXT_SHOWN)}…` : shown],
      ['came in', `by ${source} ${time(Number(receivedAt), context)}; event ${time(Number(createdAt), context)}`],
      ['offset', offset === null ? `${partition}, between ${from} and ${to - 1}` : `${partition}/${offset}`],
      ['commit', `${commit.path} ${time(commit.committedAt, context)} by ${commit.writer}`],
      ['file', `${path}, record ${count(index)}${quarantined ? style('red', ': set aside, not counted') : ''}`],
    ]
    return lines
  })
  const seal = hour.sealed ? 'sealed' : style('yellow', 'not sealed yet')
  const views =
    hour.views.length > 0
      ? hour.views.map((view): Line => ['view', viewText(view, context)])
      : [['view', style('yellow', 'of no edition yet: live counting answers for the hour')] as const]
  return [
    ...records,
    ['hour', `${hour.hour} UTC, ${seal}, digest ${hour.digest.slice(0, 16)}…`],
    ...views,
    ...unreadable,
  ]
}

function viewText(view: TracedView, context: Context): string {
  const { style } = context
  const { edition, state, extractor, current, computedAt, by, terms } = view
  const counted = terms.map(({ key, count: of }) => `#${key} ${count(of)}`).join('  ') || 'no terms in it'
  const standing = current
    ? style('green', 'counted')
    : style('yellow', 'made before its file came: it is computed again')
  return `edition ${edition} (${state}, ${extractor}): ${standing}: ${counted}  ${style('dim', `${time(computedAt, context)} by ${by}`)}`
}

function nowhere({ hours, partition }: Trace): string {
  const files = hours.reduce((sum, hour) => sum + hour.files, 0)
  const from = hours[0]?.hour
  const to = hours.at(-1)?.hour
  const span = from === to ? `${from}` : `${from} to ${to}`
  return `nowhere: not in the ${files} files of ${span}${partition === null ? '' : ` of partition ${partition}`}, not behind the lake, not among the dead letters. Its event time may be another: --hour or --since say which hours`
}

function time(ms: number, { zone }: Context): string {
  return DateTime.fromMillis(ms, { zone }).toFormat('ccc d LLL yyyy HH:mm:ss')
}
