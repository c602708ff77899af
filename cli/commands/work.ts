/** `tendance work <worker>`: one worker in the foreground, logging JSON lines to standard error. */
import { Argument, type Command } from '@commander-js/extra-typings'
import type { Config } from '../../app/config.ts'
import { createLogger } from '../../app/log.ts'
import type { Logger } from '../../model/log.ts'
import { WORKER_NAMES, type WorkerName } from '../../stack/workers.ts'
import type { Cli } from '../cli.ts'
import { wholeNumber } from '../options.ts'

interface Run {
  readonly config: Config
  readonly logger: Logger
  readonly signal: AbortSignal
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
    .description('one worker in the foreground; Ctrl-C ends it when what it has begun is finished')
    .addArgument(new Argument('<worker>', 'which one').choices(WORKER_NAMES))
    .option('--concurrency <n>', 'of batch: activities at once', wholeNumber(1, 500))
    .action(async (worker, { concurrency }) => {
      const { config } = cli.load()
      const logger = createLogger(config, worker)
      await runners[worker]({
        config,
        logger,
        signal: cli.signal,
        ...(concurrency === undefined ? {} : { concurrency }),
      })
    })
}
