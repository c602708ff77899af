/** `tendance compact`: starts the workflow, or finds the one that runs, follows it, says what came of it. */
import type { CompactResult } from '../model/compaction.ts'
import { describeFailures } from '../model/progress.ts'
import { parseCompact } from '../model/requests.ts'
import { startCompact } from '../temporal/start.ts'
import { type Cli, print } from './cli.ts'
import { count } from './progress.ts'
import { runWorkflow } from './recompute.ts'
import { checkZone, parseHourText } from './when.ts'

/** As typed. */
export interface CompactOptions {
  readonly since?: string | undefined
  readonly until?: string | undefined
  readonly dryRun: boolean
  readonly detach: boolean
}

/** Resolves to null when it was left to itself. @throws AppError `bad-input` */
export async function runCompact(cli: Cli, options: CompactOptions): Promise<CompactResult | null> {
  const { since, until, dryRun, detach } = options
  const { config } = cli.load()
  const context = { zone: checkZone(config.cli.tz), now: cli.clock() }
  const hourOf = (text: string | undefined) => (text === undefined ? null : parseHourText(text, context))
  const request = parseCompact({ since: hourOf(since), until: hourOf(until), dryRun })
  // Both can be asked for at the same time, so they have names of their own.
  const id = dryRun ? 'compact-dry-run' : 'compact'
  const result = await runWorkflow(cli, id, detach, (start, { client }) => startCompact(client, request, start))
  if (result) print(cli, describeCompacted(result))
  return result
}

export function describeCompacted(result: CompactResult): string {
  const { dryRun, hours, files, into, records, bytesBefore, bytesAfter, failed } = result
  if (hours === 0 && failed.length === 0)
    return 'nothing to compact: no sealed hour has several small files of a partition'
  const size = `${megabytes(bytesBefore)} MB${bytesAfter === null ? '' : ` are ${megabytes(bytesAfter)} MB now`}`
  const head = dryRun
    ? `would make ${count(into)} files of ${count(files)} in ${count(hours)} hours: ${size}`
    : `${count(files)} files of ${count(hours)} hours are ${count(into)} now, with the same ${count(records)} records: ${size}`
  return failed.length === 0 ? head : `${head}\nfailed: ${describeFailures(failed)}`
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1)
}
