/** `tendance stack …` and `tendance workers …`: what runs on this machine. */
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Command, InvalidArgumentError } from '@commander-js/extra-typings'
import { environmentName } from '../../app/config.ts'
import { readEnvironment } from '../../app/environment.ts'
import { stackDown, stackInstall, stackLogs, stackStatus, stackUp } from '../../stack/commands.ts'
import { INSTALL_TARGETS, parseTargets } from '../../stack/install/targets.ts'
import { parseServices } from '../../stack/names.ts'
import { lineReporter } from '../../stack/reporter.ts'
import { Stack, type StackOptions } from '../../stack/stack.ts'
import { stopWorkers, type WorkersOptions } from '../../stack/workers.ts'
import { type Cli, EXIT, print } from '../cli.ts'
import { examples } from '../examples.ts'
import { defined, wholeNumber } from '../options.ts'

type Exit = (code: number) => void

function brokerCount(text: string): 1 | 3 {
  if (text === '1' || text === '3') return text === '1' ? 1 : 3
  throw new InvalidArgumentError('It must be 1 or 3.')
}

/** What every stack function needs, from the configuration. A MongoDB that somebody has set is used, never started. */
export function stackBase(cli: Cli) {
  const { config, shown } = cli.load()
  const mongoIsSet = shown.some(({ key, origin }) => key === 'mongo.uri' && origin !== 'default')
  return {
    dataDir: config.stack.dataDir,
    cacheDir: config.stack.cacheDir,
    ...(config.stack.portOffset > 0 ? { portOffset: config.stack.portOffset } : {}),
    environment: readEnvironment(),
    mongodbUri: mongoIsSet ? config.mongo.uri : undefined,
    reporter: lineReporter(
      (line) => print(cli, line),
      (line) => cli.stderr.write(`${line}\n`),
    ),
    signal: cli.signal,
  }
}

/**
 * How this machine starts a worker of this checkout. Unless it is configured, each tells its metrics on any port of loopback that
 * is free: without that, nobody could see whether it is ready.
 */
export function workersBase(cli: Cli): WorkersOptions {
  const main = fileURLToPath(new URL('../main.ts', import.meta.url))
  const { config } = cli.load()
  const anyPort = config.metrics.port === undefined ? { [environmentName('metrics', 'port')]: '0' } : {}
  return {
    dataDir: config.stack.dataDir,
    environment: { ...readEnvironment(), ...anyPort },
    command: [process.execPath, ...process.execArgv, main, 'work'],
    folder: resolve('.'),
  }
}

export function addStack(program: Command, cli: Cli, exit: Exit): void {
  const stack = program
    .command('stack')
    .description('the real services on this machine: Temporal, Kafka, HDFS, MongoDB')
  stack
    .command('up')
    .description('start what does not run and wait until all is ready; the first time resolves and builds them')
    .option('--data <folder>', 'where everything is kept')
    .option('--port-offset <n>', 'added to every port', wholeNumber(0, 30_000))
    .option('--brokers <n>', 'Kafka brokers: 1 or 3', brokerCount)
    .option('--datanodes <n>', 'HDFS DataNodes', wholeNumber(1, 9))
    .option('--heap <mb>', 'Java heap of each broker, NameNode and DataNode', wholeNumber(128))
    .option('--services <names>', 'only these, separated by commas', (text) => parseServices(text.split(',')))
    .addHelpText(
      'after',
      examples(
        'tendance stack up',
        'tendance stack up --brokers 3 --datanodes 2',
        'tendance stack up --services kafka,hdfs --data /srv/tendance --port-offset 100',
      ),
    )
    .action(async ({ data, portOffset, heap, ...shape }) => {
      const base = stackBase(cli)
      exit(
        await stackUp({
          ...base,
          ...defined({ ...shape, portOffset, heapMb: heap, dataDir: data }),
        }),
      )
    })
  const withData = (name: string, about: string) =>
    stack.command(name).description(about).option('--data <folder>', 'where everything is kept')
  const baseAt = (data: string | undefined) => ({ ...stackBase(cli), ...defined({ dataDir: data }) })
  withData('down', 'stop workers and services')
    .addHelpText('after', examples('tendance stack down', 'tendance stack down --wipe'))
    .option('--wipe', 'delete their data too')
    .action(async ({ data, wipe }) => {
      const base = baseAt(data)
      await stopWorkers(base)
      exit(await stackDown({ ...base, wipe: wipe ?? false }))
    })
  withData('status', 'what runs; exit code 0 when all is ready, 4 when not')
    .option('--json', 'a JSON object a line: a process each', false)
    .addHelpText('after', examples('tendance stack status', 'tendance stack status --json'))
    .action(async ({ data, json }) => {
      const base = baseAt(data)
      const ready = json ? await printStatus(cli, base) : (await stackStatus(base)) === 0
      exit(ready ? EXIT.done : EXIT.unwell)
    })
  stack
    .command('install')
    .description(`build or resolve what is missing, start nothing: ${INSTALL_TARGETS.join(', ')}`)
    .argument('[names...]', 'all that the services need when none is named')
    .addHelpText('after', examples('tendance stack install', 'tendance stack install temporal kafka'))
    .action(async (names) => exit(await stackInstall({ ...stackBase(cli), targets: parseTargets(names) })))
  withData('logs', 'the logs of all, or of kafka, kafka-1, hdfs-namenode, temporal…')
    .argument('[names...]', 'services or processes')
    .addHelpText('after', examples('tendance stack logs kafka -n 50', 'tendance stack logs --follow'))
    .option('-n, --lines <n>', 'last lines of each', wholeNumber(0), 20)
    .option('-f, --follow', 'go on as they are written', false)
    .action(async (names, { data, lines, follow }) => exit(await stackLogs({ ...baseAt(data), names, lines, follow })))
}

async function printStatus(cli: Cli, options: StackOptions): Promise<boolean> {
  const statuses = await new Stack(options).status()
  for (const status of statuses) print(cli, JSON.stringify(status))
  return statuses.every(({ state }) => state === 'up')
}
