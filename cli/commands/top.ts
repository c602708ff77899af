/** `tendance top`: the ranking of an hour, of a range, of each hour of a range. */
import type { Command } from '@commander-js/extra-typings'
import { BOARD_NAMES } from '../../model/boards.ts'
import { AppError } from '../../model/errors.ts'
import { HOUR_MS, type HourId, hourOf, nextHour } from '../../model/time.ts'
import type { Answer } from '../../views/answer.ts'
import { type Cli, print, styleFor } from '../cli.ts'
import { csvText } from '../csv.ts'
import { boardName, wholeNumber } from '../options.ts'
import { checkZone, parseDuration, parseEnd, parseHourText, type WhenContext } from '../when.ts'

export interface Window {
  readonly from: HourId
  readonly to: HourId
}

interface WindowOptions {
  readonly hour?: string | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly last?: string | undefined
}

const COLUMNS_DEFAULT = 100

export function addTop(program: Command, cli: Cli): void {
  program
    .command('top')
    .description('the ranking of the last hour that is over, of another hour, or of a range of hours')
    .option('--hour <moment>', "the hour that holds it: 'last monday 7h', 'lundi dernier 7h', 2026-11-16T07, now")
    .option('--from <moment>', 'a range: its first hour')
    .option('--to <moment>', 'the hour behind its last; without it, up to the last hour that is over')
    .option('--last <length>', 'the hours of the last 24h, 7d, 2w')
    .option('--by <unit>', 'hour: each hour by itself instead of all together', (text) => {
      if (text !== 'hour') throw new AppError('bad-input', `--by is '${text}'; there is only: hour`)
      return text
    })
    .option('-n, --n <rows>', 'how many terms', wholeNumber(1, 1_000), 10)
    .option('--board <name>', `which ranking: ${BOARD_NAMES.join(', ')}`, boardName, BOARD_NAMES[0]!)
    .option('--edition <number>', 'another edition than the live one', wholeNumber(1))
    .option('--tz <zone>', 'time zone of what is typed and shown: Europe/Paris, UTC; the machine’s unless said')
    .option('--json', 'as JSON: an object; with --by hour, a line each')
    .option('--csv', 'as CSV')
    .option('--chart <file>', 'as a picture, .svg or .png: bars; with --by hour, ranks over the hours')
    .addHelpText(
      'after',
      `
Examples:
  tendance top
  tendance top --hour "last monday 7h"
  tendance top --from "last monday 0h" --to "last tuesday 0h" -n 20
  tendance top --last 24h --by hour -n 5
  tendance top --hour 2026-11-16T07 --tz Europe/Paris --json
  tendance top --last 24h --by hour --chart day.png`,
    )
    .action(async (options) => {
      const { answerByHour, answerHour, answerRange } = await import('../../views/ask.ts')
      const { openAnswers } = await import('../answers.ts')
      const { config } = cli.load()
      const context = { zone: checkZone(options.tz ?? config.cli.tz), now: cli.clock() }
      const window = windowOf(options, context)
      if (options.chart !== undefined) (await import('../chart.ts')).chartKind(options.chart)
      const { board, n, edition } = options
      const question = { board, n, ...window, ...(edition === undefined ? {} : { edition }) }
      await using answers = await openAnswers(config, cli.clock)
      const ask = answers.ask(board)
      if (options.by) return await show(cli, await answerByHour(ask, question), options, context, true)
      const single = nextHour(window.from) === window.to
      const answer = single
        ? await answerHour(ask, { ...question, hour: window.from })
        : await answerRange(ask, question)
      await show(cli, [answer], options, context, false)
    })
}

/** @throws AppError `bad-input` */
export function windowOf({ hour, from, to, last }: WindowOptions, context: WhenContext): Window {
  const given = [hour && '--hour', from && '--from', last && '--last'].filter(Boolean)
  if (given.length > 1)
    throw new AppError('bad-input', `${given.join(' and ')} cannot stand together: each names the window`)
  if (to && !from) throw new AppError('bad-input', '--to needs --from')
  const thisHour = hourOf(context.now)
  if (hour) return oneHour(parseHourText(hour, context))
  if (last) return { from: hourOf(context.now - parseDuration(last)), to: thisHour }
  if (from) {
    const first = parseHourText(from, context)
    const end = to ? hourOf(parseEnd(to, context) + HOUR_MS - 1) : thisHour
    if (end <= first)
      throw new AppError('bad-input', `the range is empty: it begins at ${first} and ends at ${end} (UTC)`)
    return { from: first, to: end }
  }
  return oneHour(nextHour(thisHour, -1))
}

const oneHour = (hour: HourId): Window => ({ from: hour, to: nextHour(hour) })

interface ShowOptions {
  readonly json?: true | undefined
  readonly csv?: true | undefined
  readonly chart?: string | undefined
  readonly n: number
}

async function show(
  cli: Cli,
  answers: readonly Answer[],
  { json, csv, chart, n }: ShowOptions,
  { zone }: WhenContext,
  byHour: boolean,
): Promise<void> {
  if (chart !== undefined) {
    const { writeChart } = await import('../chart.ts')
    return writeChart(cli, chart, answers, { zone, n, byHour })
  }
  if (json) {
    for (const answer of answers) print(cli, JSON.stringify(answer))
    return
  }
  if (csv) return print(cli, csvOf(answers))
  const { showAnswer, showHours } = await import('../show-answer.ts')
  const context = { zone, columns: cli.stdout.columns ?? COLUMNS_DEFAULT, style: styleFor(cli.stdout) }
  print(cli, byHour ? showHours(answers, context) : showAnswer(answers[0]!, context))
}

/** Hours in UTC. */
export function csvOf(answers: readonly Answer[]): string {
  const head = ['from', 'to', 'rank', 'key', 'shown', 'count', 'count_max', 'exact', 'origin']
  return csvText(
    head,
    answers.flatMap(({ from, to, rows, exact, provenance: { origin } }) =>
      rows.map(({ rank, key, shown, count, countMax }) => [from, to, rank, key, shown, count, countMax, exact, origin]),
    ),
  )
}
