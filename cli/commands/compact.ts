/** `tendance compact`: few files of many small ones. */
import type { Command } from '@commander-js/extra-typings'
import { type Cli, EXIT } from '../cli.ts'
import { examples } from '../examples.ts'

export function addCompact(program: Command, cli: Cli, exit: (code: number) => void): void {
  program
    .command('compact')
    .description('make one file a partition of the many small ones of a sealed hour; records and answers stay')
    .option('--since <moment>', "the first hour: 'last monday 7h', 2026-11-16T07; without it, from the beginning")
    .option('--until <moment>', 'the hour behind the last; without it, no end')
    .option('--dry-run', 'say what it would do, change nothing', false)
    .option('--detach', 'start it, do not wait', false)
    .addHelpText('after', examples('tendance compact --dry-run', 'tendance compact --since "last monday 7h"'))
    .action(async ({ since, until, dryRun, detach }) => {
      const { runCompact } = await import('../compact.ts')
      const result = await runCompact(cli, { since, until, dryRun, detach })
      exit(result && result.failed.length > 0 ? EXIT.unwell : EXIT.done)
    })
}
