/**
 * `npm run bench -- [name…] [options]`: runs benches side by side with their baselines on services of their own, prints and
 * stores the results.
 */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Command, InvalidArgumentError } from '@commander-js/extra-typings'
import { loadConfig } from '../app/config.ts'
import { readEnvironment } from '../app/environment.ts'
import { AppError } from '../model/errors.ts'
import { stackEnvironment } from '../stack/addresses.ts'
import { HOST, portsOf } from '../stack/ports.ts'
import { lineReporter } from '../stack/reporter.ts'
import { Stack } from '../stack/stack.ts'
import type { BenchContext, BenchOptions } from './cases/bench-case.ts'
import { cases } from './cases/index.ts'
import { type Run, runRounds } from './machine/rounds.ts'
import { resultOf, saveResult, tableOf } from './results.ts'

const ROOT = join(import.meta.dirname, '..')
const PORT_OFFSET = 3_000
const NAMES = cases.map(({ name }) => name)

const program = new Command('bench')
  .argument('[name...]', `which benches: ${NAMES.join(', ')}; all unless said`)
  .option('--posts <n>', 'posts in the lake', positive, 1_000_000)
  .option('--hours <n>', 'hours of the lake', positive, 48)
  .option('--rounds <n>', 'how often each contender runs, in turn', positive, 3)
  .option('--quiet <share>', 'wait, two minutes at most, until others use less than this share of the machine', share)
  .option('--stored-hours <n>', 'hours that the views hold', positive, 8_760)
  .option('--many-hours <n>', 'hours of a history of years', positive, 26_000)
  .option('--seconds <n>', 'how long a bench at a rate goes on', positive, 60)
  .option('--rate <n>', 'posts a second of a bench at a rate', positive, 20_000)
  .option('--no-baselines', 'only what is ours')
  .option('--stack <folder>', 'a stack that is up, instead of starting one')
  .option('--no-save', 'print only')
  .parse()

const names = program.args
const unknown = names.find((name) => !NAMES.some((known) => known === name))
if (unknown) throw new AppError('bad-input', `there is no bench '${unknown}'; there are ${NAMES.join(', ')}`)
await run(names, program.opts())

interface RunOptions extends Omit<BenchOptions, 'quiet'> {
  readonly quiet?: number | undefined
  readonly stack?: string | undefined
  readonly save: boolean
}

async function run(chosen: readonly string[], { stack: folder, save, ...options }: RunOptions): Promise<void> {
  const environment = readEnvironment()
  const { cacheDir } = loadConfig().config.stack
  const reporter = lineReporter(console.log, console.error)
  const place = { cacheDir, environment, reporter }
  const stack = folder
    ? new Stack({ ...place, dataDir: folder })
    : new Stack({ ...place, dataDir: join(ROOT, '.tendance', 'bench'), portOffset: PORT_OFFSET })
  if (!folder) await stack.up()
  try {
    const context: BenchContext = {
      environment: { ...environment, ...stackEnvironment(stack.addresses) },
      cacheDir,
      folder: join(ROOT, '.tendance', 'bench-output'),
      hdfs: `hdfs://${HOST}:${portsOf(stack.shape.portOffset).namenode.rpc}`,
      options: { ...options, quiet: options.quiet },
      reporter,
      pidOf: (name) => stack.service(name).pid(),
    }
    for (const one of cases.filter(({ name }) => chosen.length === 0 || chosen.includes(name))) {
      rmSync(context.folder, { recursive: true, force: true })
      mkdirSync(context.folder, { recursive: true })
      const plan = await one.prepare(context)
      const contenders = await runRounds(plan.contenders, {
        rounds: options.rounds,
        quiet: options.quiet,
        servicePids: () => stack.processNames.flatMap((name) => stack.service(name).pid() ?? []),
        onRun: showRun,
      })
      const result = resultOf(one, plan, contenders, new Date())
      console.log(`\n${tableOf(result)}\n`)
      if (save) console.log(`stored in ${saveResult(result)}`)
    }
  } finally {
    if (!folder) await stack.down()
  }
}

function showRun(name: string, { round, seconds, cpuSeconds, servicesCpuSeconds, peakRssMb, others, info }: Run): void {
  const figures = `${seconds.toFixed(2).padStart(8)} s  CPU ${cpuSeconds.toFixed(1)} + ${servicesCpuSeconds.toFixed(1)} s  ${peakRssMb} MB  others ${Math.round(others * 100)} %`
  console.log(`round ${round + 1}  ${name.padEnd(32)} ${figures}  ${JSON.stringify(info)}`)
}

function positive(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('a whole number from 1 on')
  return value
}

function share(text: string): number {
  const value = Number(text)
  if (!(value > 0 && value <= 1)) throw new InvalidArgumentError('a number above 0 and up to 1')
  return value
}
