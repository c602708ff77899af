/** `tendance schedule`: the hourly workflow, by Temporal's clock. */
import type { Command } from '@commander-js/extra-typings'
import type { Cli } from '../cli.ts'

export function addSchedule(program: Command, cli: Cli): void {
  const schedule = program.command('schedule').description('the hourly workflow, at five past each hour')
  const load = () => import('../schedule.ts')
  schedule
    .command('apply')
    .description('make it as it should be; doing it again changes nothing')
    .action(async () => (await load()).scheduleApply(cli))
  schedule
    .command('show')
    .description('whether it is on, its last and next run')
    .action(async () => (await load()).scheduleShow(cli))
  schedule
    .command('run')
    .description('run it now')
    .action(async () => (await load()).scheduleRun(cli))
  schedule
    .command('delete')
    .description('no more hourly work')
    .action(async () => (await load()).scheduleDelete(cli))
}
