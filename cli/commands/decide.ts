/** `tendance publish | reject | rollback`: what a person decides of editions. */
import type { Command } from '@commander-js/extra-typings'
import type { Cli } from '../cli.ts'
import { examples } from '../examples.ts'
import { wholeNumber } from '../options.ts'

const STREAM = 'posts'

export function addDecisions(program: Command, cli: Cli): void {
  const load = () => import('../decide.ts')
  program
    .command('publish')
    .description('make a held edition live, as one atomic write, when it is up to date')
    .argument('<edition>', 'its number', wholeNumber(1))
    .addHelpText('after', examples('tendance publish 4'))
    .action(async (edition) => (await load()).decideEdition(cli, STREAM, edition, { publish: true }))
  program
    .command('reject')
    .description('end a held edition; readers never see it')
    .argument('<edition>', 'its number', wholeNumber(1))
    .option('--reason <text>', 'why')
    .addHelpText('after', examples('tendance reject 4 --reason "too many terms are cut"'))
    .action(async (edition, { reason }) => {
      const { decideEdition } = await load()
      await decideEdition(cli, STREAM, edition, { publish: false, ...(reason === undefined ? {} : { reason }) })
    })
  program
    .command('rollback')
    .description('make the edition live that was so before, as one atomic write')
    .addHelpText('after', examples('tendance rollback'))
    .action(async () => (await load()).rollback(cli, STREAM))
}
