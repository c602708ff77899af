/** `tendance hourly | recompute | rebuild | cleanup`: batch work, which Temporal runs. */
import type { Command, OptionValues } from '@commander-js/extra-typings'
import { BOARD_NAMES } from '../../model/boards.ts'
import { AppError } from '../../model/errors.ts'
import { CONCURRENCY_MAX, type EditionRequest } from '../../model/requests.ts'
import { type Cli, EXIT } from '../cli.ts'
import { examples } from '../examples.ts'
import { boardName, collect, defined, extractorName, lengthText, wholeNumber } from '../options.ts'
import type { RebuildOptions } from '../recompute.ts'
import { checkZone } from '../when.ts'

export function addBatch(program: Command, cli: Cli, exit: (code: number) => void): void {
  const begin = async (request: EditionRequest, options: { dryRun?: true; json?: true; detach?: true }) => {
    const { previewEdition, runEdition } = await import('../recompute.ts')
    if (options.dryRun) return previewEdition(cli, request, { json: options.json ?? false })
    finish(await runEdition(cli, request, { detach: options.detach ?? false }))
  }
  const resumed = async (which: string, options: { detach?: true | undefined }) => {
    const { resumeEdition } = await import('../resume.ts')
    return resumeEdition(cli, which, { detach: options.detach ?? false })
  }
  const finish = (result: { readonly state: string; readonly failed: readonly unknown[] } | null) =>
    exit(result === null || (result.state === 'live' && result.failed.length === 0) ? EXIT.done : EXIT.unwell)
  program
    .command('hourly')
    .description('seal what is complete, compute what is stale, clean up: what the schedule does each hour, now')
    .option('--detach', 'start it, do not wait')
    .addHelpText('after', examples('tendance hourly', 'tendance hourly --detach'))
    .action(async ({ detach }) => {
      const { runHourly } = await import('../recompute.ts')
      const results = await runHourly(cli, { detach: detach ?? false })
      const unwell = results?.some(({ done, seal }) => done.failed.length > 0 || seal.behind)
      exit(unwell ? EXIT.unwell : EXIT.done)
    })
  editionOptions(
    program
      .command('recompute')
      .description('a new edition since a moment, beside the live one; published at once when it is complete')
      .option('--since <moment>', "its first hour: 'last monday 7h', 2026-11-16T07")
      .option(
        '--resume <run>',
        'the workflow id or edition of one that ended with failed hours: only those are computed',
      )
      .option('--until <moment>', 'the hour behind its last; without it, no end'),
  )
    .addHelpText(
      'after',
      `
Examples:
  tendance recompute --since "last monday 7h" --extractor hashtags@2 --dry-run
  tendance recompute --since "last monday 7h" --extractor hashtags@2 --reason "accents were cut"
  tendance recompute --resume recompute-2026-11-16T07-hashtags@2
  tendance recompute --since 2026-11-01 --extractor hashtags@2 --hold --newest-first --keep 30d`,
    )
    .action(async ({ since, until, resume, ...options }) => {
      if (resume !== undefined) return finish(await resumed(resume, options))
      if (since === undefined) {
        throw new AppError('bad-input', "since when? --since 'last monday 7h', or --resume an earlier run")
      }
      const { recomputeRequest } = await import('../recompute.ts')
      const { config } = cli.load()
      const context = { zone: checkZone(config.cli.tz), now: cli.clock() }
      await begin(recomputeRequest({ since, ...defined({ until }), ...askedFor(options) }, context), options)
    })
  editionOptions(program.command('rebuild').description('a new edition over the full history, with no parent'))
    .addHelpText(
      'after',
      `\nExample:\n  tendance rebuild --extractor hashtags@2 --hold --reason "everything by one rule"`,
    )
    .action(async (options) => {
      const { rebuildRequest } = await import('../recompute.ts')
      await begin(rebuildRequest(askedFor(options)), options)
    })
  program
    .command('cleanup')
    .description('delete speed views that batch covers, retired editions, abandoned temporary files')
    .option('--dry-run', 'list it, delete nothing', false)
    .addHelpText('after', examples('tendance cleanup --dry-run', 'tendance cleanup'))
    .action(async ({ dryRun }) => {
      const { runCleanup } = await import('../recompute.ts')
      await runCleanup(cli, { dryRun })
    })
}

/** What recompute and rebuild have in common. */
function editionOptions<Args extends unknown[], Options extends OptionValues>(command: Command<Args, Options>) {
  return command
    .option('--extractor <name>', 'hashtags@2; the live edition’s unless said', collect(extractorName))
    .option('--board <name>', `only this board (again for more): ${BOARD_NAMES.join(', ')}`, collect(boardName))
    .option('--reason <text>', 'why, for those who look at editions later')
    .option('--hold', 'compute everything, then wait for a person: tendance diff, then publish or reject')
    .option('--newest-first', 'from the newest hour back: what people look at first is there first')
    .option('--concurrency <n>', 'activities in flight', wholeNumber(1, CONCURRENCY_MAX))
    .option('--keep <length>', 'how long the edition that this one replaces is kept: 36h, 7d, 2w', lengthText)
    .option('--dry-run', 'write nothing: which hours, how long it would take, and a sample of what would change')
    .option('--json', 'with --dry-run: as JSON')
    .option('--detach', 'start it, do not wait')
}

interface Asked {
  readonly extractor?: readonly string[] | undefined
  readonly board?: readonly string[] | undefined
  readonly reason?: string | undefined
  readonly hold?: true | undefined
  readonly newestFirst?: true | undefined
  readonly concurrency?: number | undefined
  readonly keep?: string | undefined
}

function askedFor({ extractor, board, reason, hold, newestFirst, concurrency, keep }: Asked): RebuildOptions {
  return defined({ extractor, board, reason, hold, newestFirst, concurrency, keep })
}
