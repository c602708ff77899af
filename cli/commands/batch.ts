/** `tendance hourly | recompute | rebuild | cleanup | follow | schedule | editions`: batch work, which Temporal runs. */
import type { Command } from '@commander-js/extra-typings'
import { DateTime } from 'luxon'
import { type BoardName, boards } from '../../model/boards.ts'
import type { Edition } from '../../model/editions.ts'
import { type Cli, EXIT, print, styleFor } from '../cli.ts'
import { defined } from '../options.ts'
import { printTable } from '../table.ts'
import { checkZone } from '../when.ts'

const STREAM = 'posts'
const collect = (value: string, all: readonly string[]) => [...all, value]

export function addBatch(program: Command, cli: Cli, exit: (code: number) => void): void {
  program
    .command('hourly')
    .description('seal what is complete, compute what is stale, clean up: what the schedule does each hour, now')
    .option('--detach', 'start it, do not wait')
    .action(async ({ detach }) => {
      const { runHourly } = await import('../recompute.ts')
      const results = await runHourly(cli, { detach: detach ?? false })
      const unwell = results?.some(({ done, seal }) => done.failed.length > 0 || seal.behind)
      exit(unwell ? EXIT.unwell : EXIT.done)
    })
  program
    .command('recompute')
    .description('a new edition since a moment, beside the live one; published at once when it is complete')
    .requiredOption('--since <moment>', "its first hour: 'last monday 7h', 2026-11-16T07")
    .option('--until <moment>', 'the hour behind its last; without it, no end')
    .option('--extractor <name>', 'hashtags@2; the live edition’s unless said', collect, [] as readonly string[])
    .option('--reason <text>', 'why, for those who look at editions later')
    .option('--hold', 'compute everything, then wait for a person')
    .option('--detach', 'start it, do not wait')
    .addHelpText(
      'after',
      `\nExample:\n  tendance recompute --since "last monday 7h" --extractor hashtags@2 --reason "accents were cut"`,
    )
    .action(async ({ since, until, extractor, reason, hold, detach }) => {
      const { recomputeRequest, runEdition } = await import('../recompute.ts')
      const { config } = cli.load()
      const request = recomputeRequest(
        { since, ...defined({ until, reason, hold }), ...extractorsOf(extractor) },
        { zone: checkZone(config.cli.tz), now: cli.clock() },
      )
      await endEdition(runEdition(cli, request, { detach: detach ?? false }), exit)
    })
  program
    .command('rebuild')
    .description('a new edition over the full history')
    .option('--extractor <name>', 'hashtags@2; the live edition’s unless said', collect, [] as readonly string[])
    .option('--reason <text>', 'why')
    .option('--hold', 'compute everything, then wait for a person')
    .option('--detach', 'start it, do not wait')
    .action(async ({ extractor, reason, hold, detach }) => {
      const { rebuildRequest, runEdition } = await import('../recompute.ts')
      const request = rebuildRequest({ ...defined({ reason, hold }), ...extractorsOf(extractor) })
      await endEdition(runEdition(cli, request, { detach: detach ?? false }), exit)
    })
  program
    .command('cleanup')
    .description('delete speed views that batch covers, retired editions, abandoned temporary files')
    .option('--dry-run', 'list it, delete nothing', false)
    .action(async ({ dryRun }) => {
      const { runCleanup } = await import('../recompute.ts')
      await runCleanup(cli, { dryRun })
    })
  program
    .command('follow')
    .description('come back to a run that was left to itself')
    .argument('<workflow-id>', 'such as recompute-2026-11-16T07-hashtags@2')
    .action(async (workflowId) => {
      const { followRun } = await import('../recompute.ts')
      print(cli, JSON.stringify(await followRun(cli, workflowId), undefined, 2))
    })
  addSchedule(program, cli)
  addEditions(program, cli)
}

function addSchedule(program: Command, cli: Cli): void {
  const schedule = program.command('schedule').description('the hourly workflow, at five past each hour')
  const load = () => import('../schedule.ts')
  schedule
    .command('apply')
    .description('make it as it should be; doing it again changes nothing')
    .action(async () => (await load()).scheduleApply(cli))
  schedule
    .command('show')
    .description('whether it is on, its last and next run')
    .action(async () => (await load()).scheduleShow(cli))
  schedule
    .command('run')
    .description('run it now')
    .action(async () => (await load()).scheduleRun(cli))
  schedule
    .command('delete')
    .description('no more hourly work')
    .action(async () => (await load()).scheduleDelete(cli))
}

function addEditions(program: Command, cli: Cli): void {
  program
    .command('editions')
    .description('every edition: since when, on top of which, counted by what, why, and which is live')
    .option('--json', 'a JSON object a line')
    .action(async ({ json }) => {
      const { openViews } = await import('../../views/views.ts')
      const { config } = cli.load()
      await using views = await openViews({ ...config.mongo, appName: 'tendance editions' })
      const editions = await views.editions.list(STREAM)
      if (json) {
        for (const edition of editions) print(cli, JSON.stringify(edition))
        return
      }
      if (editions.length === 0) return print(cli, "no edition yet: the first 'tendance hourly' makes one")
      const style = styleFor(cli.stdout)
      printTable(
        cli,
        ['edition', 'state', 'parent', 'since (UTC)', 'extractors', 'made', 'by', 'why'],
        editions.map((edition) => [
          String(edition.number),
          edition.state === 'live' ? style('green', 'live') : edition.state,
          String(edition.parent ?? '-'),
          `${edition.since ?? 'the beginning'}${edition.until ? ` until ${edition.until}` : ''}`,
          extractorsText(edition),
          DateTime.fromMillis(edition.createdAt, { zone: config.cli.tz }).toFormat('d LLL HH:mm'),
          edition.by,
          edition.reason,
        ]),
        { right: [0, 2] },
      )
    })
}

function extractorsText({ extractors }: Edition): string {
  return (Object.keys(boards) as BoardName[]).map((board) => extractors[board]).join(', ')
}

function extractorsOf(names: readonly string[]): { extractor?: readonly string[] } {
  return names.length > 0 ? { extractor: names } : {}
}

async function endEdition(
  running: Promise<{ readonly state: string } | null>,
  exit: (code: number) => void,
): Promise<void> {
  const result = await running
  exit(result === null || result.state === 'live' ? EXIT.done : EXIT.unwell)
}
