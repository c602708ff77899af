/** `tendance doctor`: settings and services, and an exit code that says whether all is well. */
import type { Command } from '@commander-js/extra-typings'
import { type Cli, EXIT, print, styleFor } from '../cli.ts'
import { examples } from '../examples.ts'
import { createProgress } from '../progress.ts'
import { printTable } from '../table.ts'

export function addDoctor(program: Command, cli: Cli, exit: (code: number) => void): void {
  program
    .command('doctor')
    .description(
      'every setting with where it comes from, every service with its version; exit code 4 when one is not well',
    )
    .option('--json', 'as one JSON object')
    .addHelpText('after', examples('tendance doctor', 'tendance doctor --json'))
    .action(async ({ json }) => {
      const { probeServices } = await import('../doctor.ts')
      const { config, shown, warnings } = cli.load()
      using progress = createProgress(cli)
      const bar = progress.bar('asking services')
      const findings = await probeServices(config, (answered, of) => bar.update(answered, of))
      progress[Symbol.dispose]()
      const well = findings.every(({ ok }) => ok)
      if (json) {
        print(cli, JSON.stringify({ well, settings: shown, warnings, services: findings }))
      } else {
        const style = styleFor(cli.stdout)
        printTable(
          cli,
          ['setting', 'value', 'from', 'environment', 'is'],
          shown.map(({ key, value, origin, environment, about }) => [
            key,
            value,
            origin === 'default' ? style('dim', origin) : style('cyan', origin.split(' ')[0]!),
            style('dim', environment),
            style('dim', about),
          ]),
        )
        for (const warning of warnings) print(cli, style('yellow', `warning: ${warning}`))
        print(cli, '')
        printTable(
          cli,
          ['', 'service', 'address', 'says', 'ms'],
          findings.map(({ service, address, ok, about, ms }) => [
            ok ? style('green', '✓') : style('red', '✗'),
            service,
            address,
            ok ? about : style('red', about),
            String(ms),
          ]),
          { right: [4] },
        )
      }
      exit(well ? EXIT.done : EXIT.unwell)
    })
}
