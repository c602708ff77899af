/** `tendance ingest`: one source into Kafka, with progress. */
import type { Command } from '@commander-js/extra-typings'
import { createLogger } from '../../app/log.ts'
import type { IngestProgress } from '../../ingest/counters.ts'
import type { SourceSpec } from '../../ingest/sources/index.ts'
import { AppError } from '../../model/errors.ts'
import { type Cli, print } from '../cli.ts'
import { wholeNumber } from '../options.ts'
import { type Bar, count, createProgress } from '../progress.ts'
import { checkZone, parseEnd } from '../when.ts'

interface IngestOptions {
  readonly file?: string | undefined
  readonly folder?: string | undefined
  readonly once?: true | undefined
  readonly socket?: string | undefined
  readonly synthetic?: true | undefined
  readonly posts: number
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly seed: number
  readonly rate?: number | undefined
}

export function addIngest(program: Command, cli: Cli): void {
  program
    .command('ingest')
    .description('posts from one source into Kafka: Twitter v1.1 and v2 JSON and our own, a line each')
    .option('--file <path>', 'a file of JSON lines; .gz too')
    .option('--folder <path>', 'a folder that is watched: what is read moves to done/, what cannot be read to failed/')
    .option('--once', 'with --folder: end when it is empty instead of watching it')
    .option('--socket <host:port>', 'listen for JSON lines over TCP')
    .option('--synthetic', 'posts of our own whose truth is known: with --posts, --from, --to, --seed, --rate')
    .option('--posts <n>', 'how many synthetic ones', wholeNumber(1), 100_000)
    .option('--from <moment>', 'event time of the first synthetic one')
    .option('--to <moment>', 'event time of the last')
    .option('--seed <n>', 'the same seed gives the same posts', wholeNumber(0, 900_000), 1)
    .option('--rate <n>', 'synthetic posts a second; as fast as they are taken unless said', wholeNumber(1))
    .option('--again', 'from the beginning, whatever was read before; posts that come twice count once')
    .option('--json', 'the summary as JSON')
    .addHelpText(
      'after',
      `
Examples:
  tendance ingest --file posts.jsonl.gz
  tendance ingest --folder inbox/
  tendance ingest --socket 127.0.0.1:7777
  tendance ingest --synthetic --posts 100000 --from "last monday 0h" --to "last tuesday 0h"`,
    )
    .action(async (options) => {
      const { runIngestWorker } = await import('../../workers/ingest.ts')
      const { config, warnings } = cli.load()
      const source = sourceOf(options, cli)
      const logger = createLogger({ log: { level: cli.stderr.isTTY ? 'warn' : config.log.level } }, 'ingest', warnings)
      const { createMetrics } = await import('../../app/metrics.ts')
      const { serveMetrics } = await import('../../app/metrics-server.ts')
      const metrics = createMetrics()
      await using _endpoint = await serveMetrics(metrics, 'ingest', config.metrics, logger)
      using progress = createProgress(cli)
      const bar = progress.bar('ingest')
      const expected = options.synthetic ? options.posts : 0
      const summary = await runIngestWorker({
        config,
        source,
        logger,
        signal: cli.signal,
        metrics,
        ...(options.again ? { again: true } : {}),
        onProgress: rateReporter(cli, bar, expected),
      })
      progress[Symbol.dispose]()
      print(cli, options.json ? JSON.stringify(summary) : summaryText(summary))
    })
}

/** @throws AppError `bad-input` unless exactly one source is named */
function sourceOf(options: IngestOptions, cli: Cli): SourceSpec {
  const { file, folder, once, socket, synthetic } = options
  const given = [file && '--file', folder && '--folder', socket && '--socket', synthetic && '--synthetic'].filter(
    Boolean,
  )
  if (given.length !== 1) {
    const which = given.length === 0 ? 'none is given' : `${given.join(' and ')} are given`
    throw new AppError('bad-input', `name one source: --file, --folder, --socket or --synthetic; ${which}`)
  }
  if (file) return { kind: 'file', options: { path: file, once: true } }
  if (folder) return { kind: 'file', options: { path: folder, once: once ?? false } }
  if (socket) return { kind: 'socket', options: socketAddress(socket) }
  const context = { zone: checkZone(cli.load().config.cli.tz), now: cli.clock() }
  const to = options.to ? parseEnd(options.to, context) : context.now
  const from = options.from ? parseEnd(options.from, context) : to - 3_600_000
  const { posts, seed, rate } = options
  return { kind: 'synthetic', options: { posts, seed, from, to, ...(rate === undefined ? {} : { rate }) } }
}

function socketAddress(text: string): { host: string; port: number } {
  const match = /^(.*):(\d{1,5})$/.exec(text)
  if (!match) throw new AppError('bad-input', `--socket is '${text}'; write it as 127.0.0.1:7777`)
  return { host: match[1] || '127.0.0.1', port: Number(match[2]) }
}

/** Shows how many, and how many a second since the beginning. `expected` 0: not known. */
export function rateReporter(cli: Cli, bar: Bar, expected: number): (progress: IngestProgress) => void {
  const startedAt = cli.clock()
  return ({ posts, deadLetters }) => {
    const seconds = Math.max(0.001, (cli.clock() - startedAt) / 1_000)
    const dead = deadLetters > 0 ? `, ${count(deadLetters)} dead letters` : ''
    bar.update(posts, expected || posts + 1, `${count(posts)} posts, ${count(posts / seconds)}/s${dead}`)
  }
}

function summaryText({ posts, records, notices, deadLetters, reasons }: IngestProgress): string {
  const lines = [`${count(posts)} posts in Kafka, of ${count(records)} records`]
  const kinds = Object.entries(notices).map(([kind, times]) => `${count(times ?? 0)} ${kind}`)
  if (kinds.length > 0) lines.push(`notices of the stream, skipped: ${kinds.join(', ')}`)
  if (deadLetters > 0) {
    lines.push(`${count(deadLetters)} dead letters ('tendance dead-letters list' shows them):`)
    for (const [reason, times] of Object.entries(reasons)) lines.push(`  ${count(times)} × ${reason}`)
  }
  return lines.join('\n')
}
