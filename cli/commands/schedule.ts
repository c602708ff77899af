/** `tendance schedule`: the hourly workflow and the daily cleanup, by Temporal's clock. */
import type { Command } from '@commander-js/extra-typings'
import type { Cli } from '../cli.ts'
import { examples } from '../examples.ts'

export function addSchedule(program: Command, cli: Cli): void {
  const schedule = program
    .command('schedule')
    .description('the hourly workflow at five past each hour, and cleanup once a day')
  const load = () => import('../schedule.ts')
  schedule
    .command('apply')
    .description('make them as they should be; doing it again changes nothing')
    .addHelpText('after', examples('tendance schedule apply'))
    .action(async () => (await load()).scheduleApply(cli))
  schedule
    .command('show')
    .description('whether they are on, and when they run next')
    .option('--json', 'as a JSON object', false)
    .addHelpText('after', examples('tendance schedule show', 'tendance schedule show --json'))
    .action(async ({ json }) => (await load()).scheduleShow(cli, json))
  schedule
    .command('run')
    .description('run the hourly one now')
    .addHelpText('after', examples('tendance schedule run'))
    .action(async () => (await load()).scheduleRun(cli))
  schedule
    .command('delete')
    .description('no more hourly work, no more daily cleanup')
    .addHelpText('after', examples('tendance schedule delete'))
    .action(async () => (await load()).scheduleDelete(cli))
}
