/**
 * `tendance verify`: reads the lake against its commit log, Kafka, the ledger and the views; changes nothing.
 *
 * Every damage is named with its path and the command that decides about it. The lake is read whole without MongoDB or Kafka as well
 * (`--lake-only`): when those are away is when people look.
 */

import { findLostTallies } from '../../activities/lost-tallies.ts'
import type { Config } from '../../app/config.ts'
import { fetchOffsets } from '../../kafka/admin.ts'
import { createKafka } from '../../kafka/client.ts'
import { readGenerations } from '../../lake/generations.ts'
import { createLake } from '../../lake/lake.ts'
import { layoutAt } from '../../lake/layout.ts'
import type { LakePlace } from '../../lake/listing.ts'
import { openStore } from '../../lake/open-store.ts'
import { AppError, isAppError } from '../../model/errors.ts'
import { baseOf } from '../../model/generations.ts'
import { silentLogger } from '../../model/log.ts'
import { type StreamName, topicOf } from '../../model/streams/stream.ts'
import { HOUR_MS, hourOf } from '../../model/time.ts'
import { DAMAGES_KEPT, type KafkaOffsets } from '../../model/verify.ts'
import { startVerify } from '../../temporal/start.ts'
import { openViews } from '../../views/views.ts'
import { type Cli, EXIT, print, styleFor } from '../cli.ts'
import { count, createProgress } from '../progress.ts'
import { runWorkflow } from '../recompute.ts'
import { checkZone, parseHourText, parseMoment } from '../when.ts'
import { type Report, showReport } from './show.ts'

export interface VerifyOptions {
  readonly stream: StreamName
  readonly since?: string | undefined
  readonly until?: string | undefined
  readonly deep: boolean
  readonly lakeOnly: boolean
  /** By the workflow instead of here. */
  readonly onWorkers?: boolean
  readonly json: boolean
}

/** @returns the exit code: `unwell` when something is damaged */
export async function runVerify(cli: Cli, options: VerifyOptions): Promise<number> {
  const { config } = cli.load()
  const context = { zone: checkZone(config.cli.tz), now: cli.clock() }
  const { since, until, stream, deep, lakeOnly } = options
  const range = {
    ...(since ? { from: parseHourText(since, context) } : {}),
    ...(until ? { to: hourOf(parseMoment(until, context) + HOUR_MS - 1) } : {}),
  }
  if (options.onWorkers) {
    if (lakeOnly)
      throw new AppError('bad-input', '--lake-only and --on-workers cannot stand together: workers need Temporal')
    const request = { stream, since: range.from ?? null, until: range.to ?? null, deep }
    const result = await runWorkflow(cli, 'verify', false, (start, { client }) => startVerify(client, request, start))
    if (!result) return EXIT.done
    const { counts, damages, found } = result
    return tell(
      cli,
      { stream, deep, lakeOnly, ms: cli.clock() - context.now, partitions: [], counts, damages },
      found,
      options,
    )
  }
  await using store = openStore(config.lake)
  const place = { store, layout: layoutAt(config.lake.root) }
  const lake = createLake(place, `verify-${process.pid}-${cli.clock()}`)
  const startedAt = performance.now()
  await using views = lakeOnly ? undefined : await openViews({ ...config.mongo, appName: 'tendance verify' })
  const ledger = await views?.hours.standings(stream, range)
  const kafka = lakeOnly ? undefined : await kafkaOffsets(config, place, stream)
  using progress = createProgress(cli)
  const bar = progress.bar('verify')
  const onHour = (done: number, all: number) => bar.update(done, all, `${count(done)} of ${count(all)} hours`)
  const { log, hours } = await lake.verifier.verify(stream, { range, deep, signal: cli.signal, kafka, ledger, onHour })
  const lost = views ? await findLostTallies({ views, store }, stream, range, cli.signal) : []
  progress[Symbol.dispose]()
  const report: Report = {
    stream,
    deep,
    lakeOnly,
    ms: Math.round(performance.now() - startedAt),
    partitions: log.partitions,
    counts: hours.counts,
    damages: [...log.damages, ...hours.damages, ...lost],
  }
  // A look at all replaces what the last one found: what was mended is no problem any more.
  if (views && !since && !until) {
    const { counts, damages } = report
    const kept = damages.slice(0, DAMAGES_KEPT)
    const at = context.now
    await views.hours.putVerification({ stream, at, ms: report.ms, deep, counts, found: damages.length, damages: kept })
  }
  return tell(cli, report, report.damages.length, options)
}

function tell(cli: Cli, report: Report, found: number, { json }: VerifyOptions): number {
  if (json) print(cli, JSON.stringify(report))
  else print(cli, showReport(report, { style: styleFor(cli.stdout) }))
  return found > 0 ? EXIT.unwell : EXIT.done
}

/** Of the topic, as offsets of the log; empty when Kafka has no such topic: a lake may be filled by files alone. */
async function kafkaOffsets(
  config: Config,
  place: LakePlace,
  stream: StreamName,
): Promise<ReadonlyMap<number, KafkaOffsets>> {
  const current = (await readGenerations(place, stream)).at(-1) ?? { bases: {} }
  const kafka = createKafka(config, 'tendance-verify', silentLogger)
  try {
    const offsets = await fetchOffsets(kafka, topicOf(config.kafka.topicPrefix, stream))
    return new Map(
      [...offsets].map(([partition, { low, high }]) => {
        const base = baseOf(current, partition)
        return [partition, { low: low + base, high: high + base }]
      }),
    )
  } catch (error) {
    if (isAppError(error, 'not-found')) return new Map()
    throw error
  }
}
