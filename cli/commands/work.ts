/** `tendance work <worker>`: one worker in the foreground, logging JSON lines to standard error. */
import { Argument, type Command } from '@commander-js/extra-typings'
import type { Config } from '../../app/config.ts'
import { createLogger } from '../../app/log.ts'
import type { Metrics } from '../../app/metrics.ts'
import { AppError } from '../../model/errors.ts'
import type { Logger } from '../../model/log.ts'
import { announceEndpoint } from '../../stack/endpoints.ts'
import { WORKER_NAMES, type WorkerName } from '../../stack/workers.ts'
import type { Cli } from '../cli.ts'
import { examples } from '../examples.ts'
import { wholeNumber } from '../options.ts'

interface Run {
  readonly config: Config
  readonly logger: Logger
  readonly signal: AbortSignal
  readonly metrics: Metrics
  readonly concurrency?: number
}

const runners: Record<WorkerName, (run: Run) => Promise<void>> = {
  archive: async (run) => (await import('../../workers/archive.ts')).runArchiveWorker(run),
  speed: async (run) => (await import('../../workers/speed.ts')).runSpeedWorker(run),
  batch: async (run) => (await import('../../workers/batch.ts')).runBatchWorker(run),
}

export function addWork(program: Command, cli: Cli): void {
  program
    .command('work')
    .description('one worker in the foreground; Ctrl-C ends it when what it has begun is finished or handed back')
    .addArgument(new Argument('<worker>', 'which one').choices(WORKER_NAMES))
    .option(
      '--concurrency <n>',
      'of batch: units of work at once; its counting threads and four unless said',
      wholeNumber(1, 500),
    )
    .addHelpText(
      'after',
      examples(
        'tendance work archive',
        'tendance work batch --concurrency 8',
        'TENDANCE_METRICS_PORT=9464 tendance work speed',
      ),
    )
    .action(async (worker, { concurrency }) => {
      if (concurrency !== undefined && worker !== 'batch') {
        throw new AppError(
          'bad-input',
          `--concurrency is for the batch worker, not for ${worker}: partitions are what the others share`,
          {
            facts: { worker, concurrency },
          },
        )
      }
      const { config, warnings } = cli.load()
      const logger = createLogger(config, worker, warnings)
      const { createMetrics } = await import('../../app/metrics.ts')
      const { serveMetrics } = await import('../../app/metrics-server.ts')
      const metrics = createMetrics()
      await using endpoint = await serveMetrics(metrics, worker, config.metrics, logger)
      using _announced = endpoint && announceEndpoint(config.stack.dataDir, process.pid, endpoint.url)
      await runners[worker]({
        config,
        logger,
        signal: cli.signal,
        metrics,
        ...(concurrency === undefined ? {} : { concurrency }),
      })
    })
}
