/** `tendance web`: the page and the HTTP API. */
import type { Command } from '@commander-js/extra-typings'
import { type Cli, print } from '../cli.ts'
import { wholeNumber } from '../options.ts'

const PORT_MAX = 65_535

export function addWeb(program: Command, cli: Cli): void {
  program
    .command('web')
    .description('the page and the HTTP API; Ctrl-C ends it when what is being answered is finished')
    .option('--host <address>', 'to listen on; beyond this machine only with web.token set')
    .option('--port <n>', '0: any that is free', wholeNumber(0, PORT_MAX))
    .addHelpText(
      'after',
      `
Examples:
  tendance web
  tendance web --port 0
  TENDANCE_WEB_TOKEN=$(openssl rand -hex 24) tendance web --host 0.0.0.0`,
    )
    .action(async ({ host, port }) => {
      const { createLogger } = await import('../../app/log.ts')
      const { runWeb } = await import('../../web/run.ts')
      const { config, warnings } = cli.load()
      const web = { ...config.web, ...(host === undefined ? {} : { host }), ...(port === undefined ? {} : { port }) }
      await runWeb({
        config: { ...config, web },
        logger: createLogger(config, 'web', warnings),
        signal: cli.signal,
        onListening: (url) => print(cli, `${url} is the page, ${url}/docs the API; Ctrl-C ends it`),
      })
    })
}
