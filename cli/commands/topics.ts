/** `tendance topics`: settings of the stream's topic that break what Tendance promises. */
import type { Command } from '@commander-js/extra-typings'
import type { Cli } from '../cli.ts'
import { examples } from '../examples.ts'

export function addTopics(program: Command, cli: Cli, exit: (code: number) => void): void {
  program
    .command('topics')
    .description("the settings of the stream's Kafka topic that lose records or refuse them, and what they should be")
    .option('--mend', 'set them right, and leave all other settings as they are', false)
    .option('--json', 'a JSON object a line', false)
    .addHelpText('after', examples('tendance topics', 'tendance topics --mend'))
    .action(async ({ mend, json }) => {
      const { showTopics } = await import('../topics.ts')
      exit(await showTopics(cli, { mend, json }))
    })
}
