/** `tendance diff 3 4`: what readers would see differently, hour by hour or of one hour. */
import { boards } from '../model/boards.ts'
import { nextHour } from '../model/time.ts'
import { diffEditions, type HourDiff } from '../views/diff.ts'
import { openAnswers } from './answers.ts'
import { type Cli, print } from './cli.ts'
import { type DiffAsked, showDiffOfAll, showDiffOfHour, weightOf } from './show-diff.ts'

export interface DiffOptions extends DiffAsked {
  readonly json: boolean
}

/** Hours that are shown one by one, those that differ most; JSON has all. */
const HOURS_SHOWN = 20

/** @throws AppError `not-found` (an edition) */
export async function printDiff(cli: Cli, options: DiffOptions): Promise<void> {
  const { before, after, board, hour, n, json } = options
  await using answers = await openAnswers(cli.load().config, cli.clock)
  const question = {
    ...{ stream: boards[board].stream, board, before, after, n },
    ...(hour ? { from: hour, to: nextHour(hour) } : {}),
  }
  const hours: HourDiff[] = []
  const { fullTallies } = answers.ask(board)
  const summary = await diffEditions(answers.views, question, {
    fullTallies,
    greatestMax: n,
    take: (one) => (json ? print(cli, JSON.stringify(one)) : keepMost(hours, one)),
  })
  if (json) print(cli, JSON.stringify({ summary }))
  else print(cli, hour ? showDiffOfHour(cli, options, summary, hours[0]) : showDiffOfAll(cli, options, summary, hours))
}

/** The hours with most changes, in time order. */
function keepMost(hours: HourDiff[], one: HourDiff): void {
  hours.push(one)
  if (hours.length <= HOURS_SHOWN) return
  const least = hours.reduce((a, b) => (weightOf(b) <= weightOf(a) ? b : a))
  hours.splice(hours.indexOf(least), 1)
}
