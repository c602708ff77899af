/** `tendance workers …`: archive, speed and batch in the background of this machine. */
import type { Command } from '@commander-js/extra-typings'
import { startWorkers, stopWorkers } from '../../stack/workers.ts'
import { type Cli, EXIT } from '../cli.ts'
import { examples } from '../examples.ts'
import { readWorkers, showWorkers } from '../worker-states.ts'
import { workersBase } from './stack.ts'

export function addWorkers(program: Command, cli: Cli, exit: (code: number) => void): void {
  const workers = program.command('workers').description('archive, speed and batch workers in the background')
  workers
    .command('up')
    .description('start those that do not run')
    .addHelpText('after', examples('tendance workers up'))
    .action(async () => {
      await startWorkers(workersBase(cli))
      showWorkers(cli, await readWorkers(workersBase(cli)))
    })
  workers
    .command('down')
    .description('stop them: they finish what they have begun')
    .addHelpText('after', examples('tendance workers down'))
    .action(async () => {
      await stopWorkers(workersBase(cli))
      showWorkers(cli, await readWorkers(workersBase(cli)))
    })
  workers
    .command('status')
    .description('which run, and are ready; exit code 0 when all are, 4 when one is not')
    .option('--json', 'a JSON object a line: a worker each', false)
    .addHelpText('after', examples('tendance workers status', 'tendance workers status --json'))
    .action(async ({ json }) => {
      const states = await readWorkers(workersBase(cli))
      showWorkers(cli, states, json)
      exit(states.every(({ state }) => state === 'ready' || state === 'up') ? EXIT.done : EXIT.unwell)
    })
}
