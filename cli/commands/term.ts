/** `tendance term`: one term over hours and days. */
import type { Command } from '@commander-js/extra-typings'
import { BOARD_NAMES } from '../../model/boards.ts'
import { HOUR_MS, hourOf } from '../../model/time.ts'
import { type Cli, print, styleFor } from '../cli.ts'
import { boardName, defined, wholeNumber } from '../options.ts'
import { checkZone, parseEnd, parseHourText, type WhenContext } from '../when.ts'
import type { Window } from './top.ts'

const COLUMNS_DEFAULT = 100

export function addTerm(program: Command, cli: Cli): void {
  program
    .command('term')
    .description('one term by hour: its counts, exact, first and greatest hour, ranks, spellings')
    .argument('<term>', 'as in a post, with or without #')
    .option('--since <when>', "its first hour: '7d' and '36h' ago, 'last monday 0h', 2026-11-16T07", '7d')
    .option('--until <moment>', 'the hour behind its last; without it, up to the last hour that is over')
    .option('--board <name>', `which ranking: ${BOARD_NAMES.join(', ')}`, boardName, BOARD_NAMES[0]!)
    .option('--edition <number>', 'another edition than the live one', wholeNumber(1))
    .option('--tz <zone>', 'time zone of what is typed and shown: Europe/Paris, UTC; the machine’s unless said')
    .option('--json', 'as one JSON object')
    .option('--csv', 'as CSV, a line an hour')
    .addHelpText(
      'after',
      `
Examples:
  tendance term "#nowplaying"
  tendance term nowplaying --since "last monday 0h" --until "last tuesday 0h"
  tendance term "#日本" --since 36h --csv`,
    )
    .action(async (term, { since, until, board, edition, tz, json, csv }) => {
      const { answerTerm } = await import('../../views/term.ts')
      const { openAnswers } = await import('../answers.ts')
      const { config } = cli.load()
      const context = { zone: checkZone(tz ?? config.cli.tz), now: cli.clock() }
      const window = windowSince(since, until, context)
      await using answers = await openAnswers(config, cli.clock)
      const answer = await answerTerm(answers.ask(board), { term, board, ...window, ...defined({ edition }) })
      if (json) return print(cli, JSON.stringify(answer))
      const { showTerm, termCsv } = await import('../term.ts')
      if (csv) return print(cli, termCsv(answer))
      print(
        cli,
        showTerm(answer, {
          zone: context.zone,
          columns: cli.stdout.columns ?? COLUMNS_DEFAULT,
          style: styleFor(cli.stdout),
        }),
      )
    })
}

/** @throws AppError `bad-input` */
export function windowSince(since: string, until: string | undefined, context: WhenContext): Window {
  const to = until === undefined ? hourOf(context.now) : hourOf(parseEnd(until, context) + HOUR_MS - 1)
  return { from: parseHourText(since, context), to }
}
