/** `tendance extract`: an extractor as a filter, for trying it on any text. */
import type { Command } from '@commander-js/extra-typings'
import type { Cli } from '../cli.ts'

export function addExtract(program: Command, cli: Cli): void {
  program
    .command('extract')
    .description(
      'one text a line on standard input; one JSON array of its terms, as written and without #, a line on standard output',
    )
    .option('--extractor <name>', 'which one, with its version', 'hashtags@2')
    .addHelpText('after', `\nExample:\n  echo "at the #café with #日本語" | tendance extract --extractor hashtags@2`)
    .action(async ({ extractor }) => {
      const { extractLines } = await import('../extract.ts')
      await extractLines(cli.stdin, cli.stdout, extractor)
    })
}
