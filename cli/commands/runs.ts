/** `tendance follow | progress | pause | resume | cancel`: a run of batch work, by its workflow id. */
import type { Command } from '@commander-js/extra-typings'
import { type Cli, print } from '../cli.ts'
import { examples } from '../examples.ts'

const EXAMPLE = 'such as recompute-2026-11-16T07-hashtags@2'

export function addRuns(program: Command, cli: Cli): void {
  const load = () => import('../runs.ts')
  program
    .command('follow')
    .description('come back to a run that was left to itself')
    .argument('<workflow-id>', EXAMPLE)
    .addHelpText('after', examples('tendance follow recompute-2026-11-16T07-hashtags@2'))
    .action(async (workflowId) => {
      const { followRun } = await import('../recompute.ts')
      const result = await followRun(cli, workflowId)
      // null: it is held, which the bar has said.
      if (result !== null) print(cli, JSON.stringify(result, undefined, 2))
    })
  program
    .command('progress')
    .description('how far a run is, once')
    .argument('<workflow-id>', EXAMPLE)
    .option('--json', 'as a JSON object', false)
    .addHelpText(
      'after',
      examples(
        'tendance progress recompute-2026-11-16T07-hashtags@2',
        'tendance progress recompute-2026-11-16T07-hashtags@2 --json',
      ),
    )
    .action(async (workflowId, { json }) => (await load()).showProgress(cli, workflowId, json))
  program
    .command('pause')
    .description('a run begins nothing new; what is in flight is finished')
    .argument('<workflow-id>', EXAMPLE)
    .addHelpText('after', examples('tendance pause recompute-2026-11-16T07-hashtags@2'))
    .action(async (workflowId) => (await load()).pauseRun(cli, workflowId, true))
  program
    .command('resume')
    .description('a paused run goes on')
    .argument('<workflow-id>', EXAMPLE)
    .addHelpText('after', examples('tendance resume recompute-2026-11-16T07-hashtags@2'))
    .action(async (workflowId) => (await load()).pauseRun(cli, workflowId, false))
  program
    .command('cancel')
    .description('end a run, also one that is gone; what it has computed of its edition is deleted (pause keeps it)')
    .argument('<workflow-id or edition>', EXAMPLE)
    .option('--reason <text>', 'why')
    .addHelpText(
      'after',
      examples(
        'tendance cancel recompute-2026-11-16T07-hashtags@2 --reason "the wrong extractor"',
        'tendance cancel 4',
      ),
    )
    .action(async (workflowId, { reason }) => (await load()).endRun(cli, workflowId, reason))
}
