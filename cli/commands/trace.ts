/** `tendance trace`: what became of one record. */
import type { Command } from '@commander-js/extra-typings'
import { AppError } from '../../model/errors.ts'
import { countHours, type HourId, hoursBetween, nextHour } from '../../model/time.ts'
import { type Cli, EXIT, print, styleFor } from '../cli.ts'
import { examples } from '../examples.ts'
import { createProgress } from '../progress.ts'
import { checkZone, parseHourText, type WhenContext } from '../when.ts'
import { windowSince } from './term.ts'

interface TraceOptions {
  readonly at?: string | undefined
  readonly hour?: string | undefined
  readonly since?: string | undefined
  readonly tz?: string | undefined
  readonly json?: true | undefined
}

/** Hours that are looked through at once: each costs the files of one partition. */
const HOURS_MAX = 24 * 31

export function addTrace(program: Command, cli: Cli, exit: (code: number) => void): void {
  program
    .command('trace')
    .description('what became of one record: where it came in, its offset, commit and file, and which views count it')
    .argument('[id]', 'of the record, such as x:714593712366620672; digits alone are of X')
    .option('--at <partition/offset>', 'the record at this offset of the topic, as logs have it: 2/5012')
    .option('--hour <moment>', 'the hour of its event; known without it where the id holds its time, as those of X do')
    .option('--since <when>', "all hours since: '7d', '36h' ago, 'last monday 0h'")
    .option('--tz <zone>', 'time zone of what is typed and shown: Europe/Paris, UTC; the machine’s unless said')
    .option('--json', 'as one JSON object')
    .addHelpText(
      'after',
      examples(
        'tendance trace x:714593712366620672',
        'tendance trace synthetic:20000004711 --hour "last monday 7h"',
        'tendance trace --at 2/5012 --json',
      ),
    )
    .action(async (id, options) => exit(await runTrace(cli, id, options)))
}

/** Answers the exit code: 4 when the record is nowhere. */
async function runTrace(cli: Cli, given: string | undefined, options: TraceOptions): Promise<number> {
  const { hourOfId, recordAt, traceRecord } = await import('../trace.ts')
  const { config } = cli.load()
  const zone = checkZone(options.tz ?? config.cli.tz)
  const context = { zone, now: cli.clock() }
  if ((given === undefined) === (options.at === undefined)) {
    throw new AppError('bad-input', "name one record: by its id, or by --at, such as 'tendance trace --at 2/5012'")
  }
  const found = options.at === undefined ? undefined : await recordAt(config, parsePlace(options.at), cli.signal)
  const id = found?.id ?? withPlatform(given!)
  const hours = hoursOf(options, context, found?.hour ?? hourOfId(id))
  using progress = createProgress(cli)
  const bar = progress.bar('looking')
  const trace = await traceRecord(
    config,
    { id, hours, onStep: (text, done, total) => bar.update(done, total, text) },
    cli.signal,
  )
  progress[Symbol.dispose]()
  const { showTrace } = await import('../show-trace.ts')
  print(cli, options.json ? JSON.stringify(trace) : showTrace(trace, { zone, style: styleFor(cli.stdout) }))
  const isSomewhere =
    trace.waiting.length + trace.deadLetters.length > 0 || trace.hours.some(({ records }) => records.length > 0)
  return isSomewhere ? EXIT.done : EXIT.unwell
}

/** @throws AppError `bad-input` */
export function parsePlace(text: string): { readonly partition: number; readonly offset: number } {
  const match = /^(\d{1,6})\/(\d{1,16})$/.exec(text)
  if (!match) throw new AppError('bad-input', `--at is '${text}'; write it as partition/offset, such as 2/5012`)
  return { partition: Number(match[1]), offset: Number(match[2]) }
}

const withPlatform = (id: string) => (/^\d+$/.test(id) ? `x:${id}` : id)

/** @throws AppError `bad-input` */
function hoursOf({ hour, since }: TraceOptions, context: WhenContext, known: HourId | undefined): readonly HourId[] {
  if (hour !== undefined && since !== undefined) {
    throw new AppError('bad-input', '--hour and --since cannot stand together: each names the hours')
  }
  if (hour !== undefined) return [parseHourText(hour, context)]
  if (since !== undefined) {
    const { from, to } = windowSince(since, undefined, context)
    const hours = countHours(from, nextHour(to))
    if (hours <= HOURS_MAX) return hoursBetween(from, nextHour(to))
    throw new AppError(
      'bad-input',
      `--since is '${since}': these are ${hours} hours, ${HOURS_MAX} are searched at most`,
    )
  }
  if (known !== undefined) return [known]
  throw new AppError(
    'bad-input',
    'the id does not say when the record was made: name the hour (--hour), or several (--since 24h)',
  )
}
