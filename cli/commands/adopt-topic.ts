/** `tendance adopt-topic`: a topic that was deleted and made anew. */
import type { Command } from '@commander-js/extra-typings'
import type { Cli } from '../cli.ts'
import { examples } from '../examples.ts'

export function addAdoptTopic(program: Command, cli: Cli): void {
  program
    .command('adopt-topic')
    .description('go on with a topic that was deleted and made anew: from its beginning, behind what is archived')
    .option('--reason <text>', 'why; it stays in the history of the log')
    .option('--dry-run', 'say what the old topic lost and what the new one holds, change nothing', false)
    .option('--json', 'as one JSON object', false)
    .addHelpText(
      'after',
      examples('tendance adopt-topic --dry-run', 'tendance adopt-topic --reason "the cluster was set up anew"'),
    )
    .action(async ({ reason, dryRun, json }) => {
      const { adoptTopic } = await import('../adopt-topic.ts')
      await adoptTopic(cli, { reason, dryRun, json })
    })
}
