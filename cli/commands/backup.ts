/** `tendance export-editions | import-editions`: what has to be saved of MongoDB. */
import type { Command } from '@commander-js/extra-typings'
import type { Cli } from '../cli.ts'
import { examples } from '../examples.ts'

export function addBackup(program: Command, cli: Cli): void {
  const load = () => import('../backup.ts')
  program
    .command('export-editions')
    .description('the editions and which is live, as JSON lines: all that only MongoDB knows')
    .option('--out <file>', 'instead of standard output; written whole or not at all')
    .addHelpText('after', examples('tendance export-editions --out editions.jsonl'))
    .action(async ({ out }) => (await load()).exportEditions(cli, out))
  program
    .command('import-editions')
    .description(
      'write exported editions back into a MongoDB that lost them; the views are computed again from the lake',
    )
    .argument('<file>', 'what export-editions wrote')
    .option('--replace', 'write over other editions of these numbers, such as the first one of a new database', false)
    .addHelpText('after', examples('tendance import-editions editions.jsonl'))
    .action(async (file, { replace }) => (await load()).importEditions(cli, file, { replace }))
}
