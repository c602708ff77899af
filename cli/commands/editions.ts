/** `tendance editions | diff`: what editions there are, and what one would change. */
import type { Command } from '@commander-js/extra-typings'
import { BOARD_NAMES } from '../../model/boards.ts'
import type { Cli } from '../cli.ts'
import { boardName, wholeNumber } from '../options.ts'
import { checkZone, parseHourText } from '../when.ts'

const STREAM = 'posts'

export function addEditions(program: Command, cli: Cli): void {
  program
    .command('editions')
    .description('the histories of views: which is live, how far the others are, who made them and why')
    .argument('[edition]', 'all of one', wholeNumber(1))
    .option('--json', 'a JSON object a line', false)
    .addHelpText('after', `\nExamples:\n  tendance editions\n  tendance editions 4`)
    .action(async (number, { json }) => {
      const { listEditions } = await import('../editions.ts')
      await listEditions(cli, STREAM, { json, ...(number === undefined ? {} : { number }) })
    })
  program
    .command('diff')
    .description('what readers would see differently if edition b took the place of edition a')
    .argument('<a>', 'its number', wholeNumber(1))
    .argument('<b>', 'its number; it may be held', wholeNumber(1))
    .option('--hour <moment>', 'one hour, term by term')
    .option('-n, --n <rows>', 'rows of each ranking that are compared', wholeNumber(1, 1_000), 10)
    .option('--board <name>', `which ranking: ${BOARD_NAMES.join(', ')}`, boardName, BOARD_NAMES[0]!)
    .option('--json', 'an hour a line, then the summary', false)
    .addHelpText(
      'after',
      `
Examples:
  tendance diff 3 4
  tendance diff 3 4 --hour "last monday 7h" -n 20
  tendance diff 3 4 --json`,
    )
    .action(async (before, after, { hour, n, board, json }) => {
      const { printDiff } = await import('../diff.ts')
      const context = { zone: checkZone(cli.load().config.cli.tz), now: cli.clock() }
      const one = hour === undefined ? {} : { hour: parseHourText(hour, context) }
      await printDiff(cli, { before, after, n, board, json, ...one })
    })
}
