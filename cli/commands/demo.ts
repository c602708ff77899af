/** `tendance demo`. */
import type { Command } from '@commander-js/extra-typings'
import type { Cli } from '../cli.ts'
import { examples } from '../examples.ts'
import { wholeNumber } from '../options.ts'
import { stackBase, workersBase } from './stack.ts'

export function addDemo(program: Command, cli: Cli): void {
  program
    .command('demo')
    .description(
      'the main job before your eyes: services up, a day of posts through everything, the three questions answered',
    )
    .option('--posts <n>', 'how many synthetic posts', wholeNumber(1_000), 1_000_000)
    .option('--file <path>', 'a file of real posts too: JSON lines of X (v1.1, v2) or Tendance, .gz too')
    .addHelpText('after', examples('tendance demo', 'tendance demo --posts 100000 --file posts.jsonl.gz'))
    .action(async ({ posts, file }) => {
      const { runDemo } = await import('../demo/demo.ts')
      await runDemo(cli, { posts, file, stack: stackBase(cli), workers: workersBase(cli) })
    })
}
