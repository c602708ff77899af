/** `node stack/main.ts up|down|status|logs`: the stack alone, without the rest of the command line. */
import { InvalidArgumentError, program } from 'commander'
import { loadConfig } from '../app/config.ts'
import { readEnvironment } from '../app/environment.ts'
import { messageOf } from '../model/errors.ts'
import { stackDown, stackInstall, stackLogs, stackStatus, stackUp } from './commands.ts'
import { INSTALL_TARGETS, parseTargets } from './install/targets.ts'
import { parseServices } from './names.ts'
import { lineReporter } from './reporter.ts'

const { config, shown } = loadConfig()
const mongoIsSet = shown.some(({ key, origin }) => key === 'mongo.uri' && origin !== 'default')
const stopping = new AbortController()
process.once('SIGINT', () => stopping.abort())
const base = {
  cacheDir: config.stack.cacheDir,
  environment: readEnvironment(),
  mongodbUri: mongoIsSet ? config.mongo.uri : undefined,
  reporter: lineReporter(
    (line) => console.log(line),
    (line) => console.error(line),
  ),
  signal: stopping.signal,
}

const wholeNumber = (text: string): number => {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It is not a whole number.')
  return Number(text)
}
const finish = async (work: Promise<number>): Promise<void> => {
  process.exitCode = await work
}

program.name('stack').description('The real services on this machine: Temporal, Kafka, HDFS, MongoDB')
const command = (name: string, about: string) =>
  program.command(name).description(about).option('--data <folder>', 'where everything is kept', config.stack.dataDir)

command('up', 'start what does not run, wait until all is ready')
  .option('--port-offset <n>', 'added to every port', wholeNumber)
  .option('--brokers <n>', 'Kafka brokers: 1 or 3', wholeNumber)
  .option('--datanodes <n>', 'HDFS DataNodes', wholeNumber)
  .option('--heap <mb>', 'Java heap of each broker, NameNode and DataNode', wholeNumber)
  .option('--services <names>', 'only these, separated by commas', (text) => parseServices(text.split(',')))
  .action(({ data, portOffset, brokers, datanodes, heap, services }) =>
    finish(stackUp({ ...base, dataDir: data, portOffset, brokers, datanodes, heapMb: heap, services })),
  )
command('down', 'stop everything')
  .option('--wipe', 'delete the data too')
  .action(({ data, wipe }) => finish(stackDown({ ...base, dataDir: data, wipe })))
command('status', 'what runs; exit code 0 when all is ready').action(({ data }) =>
  finish(stackStatus({ ...base, dataDir: data })),
)
program
  .command('install [targets...]')
  .description(`build or resolve what is missing, start nothing: ${INSTALL_TARGETS.join(', ')}`)
  .action((targets) => finish(stackInstall({ ...base, dataDir: config.stack.dataDir, targets: parseTargets(targets) })))
command('logs [names...]', 'the logs of all, or of kafka, kafka-2, hdfs-namenode…')
  .option('-n, --lines <n>', 'last lines of each', wholeNumber, 20)
  .option('-f, --follow', 'go on as they are written', false)
  .action((names, { data, lines, follow }) => finish(stackLogs({ ...base, dataDir: data, names, lines, follow })))

try {
  await program.parseAsync()
} catch (error) {
  console.error(`stack: ${messageOf(error)}`)
  process.exitCode = 1
}
