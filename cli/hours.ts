/** `tendance hours`: asks for the ledger and prints it. */
import { AppError } from '../model/errors.ts'
import { checkLedgerRange } from '../model/ledger.ts'
import type { Problem } from '../model/ledger-problems.ts'
import { LEDGER_WORDS, type Remedied } from '../model/ledger-words.ts'
import type { StreamName } from '../model/streams/stream.ts'
import { HOUR_MS, type HourId, hourOf, nextHour } from '../model/time.ts'
import { PLAIN_WRITING, wordsFor } from '../model/wording.ts'
import { type AskHours, askHours, type HourReport, type HoursPage } from '../views/ask-hours.ts'
import { openViews } from '../views/views.ts'
import { type Cli, EXIT, print, styleFor } from './cli.ts'
import { showHour, showProblems } from './show-hour.ts'
import { type Ledger, showGrid, showList } from './show-hours.ts'
import { checkZone, parseDuration, parseEnd, parseHourText, type WhenContext } from './when.ts'

export interface HoursOptions {
  readonly stream: StreamName
  readonly since?: string | undefined
  readonly until?: string | undefined
  readonly last?: string | undefined
  readonly hour?: string | undefined
  readonly list?: true | undefined
  readonly problems?: true | undefined
  readonly json?: true | undefined
  readonly tz?: string | undefined
}

const LAST_DEFAULT = '48h'

/** @returns the exit code: `unwell` when there are problems and they were asked for */
export async function runHours(cli: Cli, options: HoursOptions): Promise<number> {
  const { config } = cli.load()
  const context = { zone: checkZone(options.tz ?? config.cli.tz), now: cli.clock() }
  const window = windowOf(options, context)
  await using views = await openViews({ ...config.mongo, appName: 'tendance hours' })
  const ask: AskHours = { views, clock: cli.clock, graceMs: config.lake.graceMs }
  const question = { stream: options.stream, ...window }
  const show = { zone: context.zone, style: styleFor(cli.stdout) }

  if (options.problems) {
    const { askProblems } = await import('../views/ask-problems.ts')
    const found = await askProblems(ask, question)
    if (options.json) printLines(cli, found.problems.map(withWords))
    else print(cli, showProblems(found, show))
    return found.problems.length > 0 ? EXIT.unwell : EXIT.done
  }
  const ledger = await readAll(ask, question)
  if (options.json) printLines(cli, ledger.hours)
  else if (options.hour) print(cli, showHour(ledger.hours[0]!, show))
  else if (options.list) print(cli, showList(ledger, show))
  else print(cli, showGrid(ledger, show))
  return EXIT.done
}

/** Every page of the range. */
async function readAll(ask: AskHours, question: Window & { readonly stream: StreamName }): Promise<Ledger> {
  const first = await askHours(ask, question)
  const hours: HourReport[] = [...first.hours]
  let page: HoursPage = first
  while (page.next !== null) {
    page = await askHours(ask, { ...question, from: page.next })
    hours.push(...page.hours)
  }
  return { ...first, to: page.to, hours }
}

interface Window {
  readonly from: HourId
  readonly to: HourId
}

/** @throws AppError `bad-input` */
export function windowOf({ since, until, last, hour }: Partial<HoursOptions>, context: WhenContext): Window {
  const given = [hour && '--hour', since && '--since', last && '--last'].filter(Boolean)
  if (given.length > 1) {
    throw new AppError('bad-input', `${given.join(' and ')} cannot stand together: each says where the hours begin`)
  }
  if (until && !since) throw new AppError('bad-input', '--until needs --since')
  if (hour) {
    const from = parseHourText(hour, context)
    return { from, to: nextHour(from) }
  }
  const to = until ? hourOf(parseEnd(until, context) + HOUR_MS - 1) : nextHour(hourOf(context.now))
  const from = since
    ? parseHourText(since, context)
    : hourOf(context.now - parseDuration(last ?? LAST_DEFAULT) + HOUR_MS)
  if (from >= to) throw new AppError('bad-input', `there is no hour from ${from} to ${to} (UTC)`)
  checkLedgerRange(from, to)
  return { from, to }
}

/** The facts, and what they say. */
function withWords(problem: Problem): Problem & Remedied {
  return { ...problem, ...wordsFor(LEDGER_WORDS, problem, PLAIN_WRITING) }
}

function printLines(cli: Cli, values: readonly object[]): void {
  for (const value of values) print(cli, JSON.stringify(value))
}
