/**
 * `pipeline-worker.ts ROLE [PLAY]`: one worker of the pipeline in a process of its own, started by pipeline.ts, to which it tells
 * how far it is: a `WorkerReport` now and then. ROLE is ingest (PLAY: the synthetic stream with its rate, JSON), archive, speed
 * or batch. Ends when it is told to stop, and ingest when the stream ends.
 */
import { loadConfig } from '../../app/config.ts'
import { createLogger } from '../../app/log.ts'
import { AppError } from '../../model/errors.ts'
import { runArchiveWorker } from '../../workers/archive.ts'
import { runBatchWorker } from '../../workers/batch.ts'
import { runIngestWorker } from '../../workers/ingest.ts'
import { runSpeedWorker } from '../../workers/speed.ts'

export const ROLES = ['ingest', 'archive', 'speed', 'batch'] as const
export type Role = (typeof ROLES)[number]

export interface WorkerReport {
  /** It has its partitions, or polls for work. */
  readonly ready?: true
  /** Posts confirmed by Kafka, archived in HDFS, or counted: since it began. */
  readonly done?: number
  /** Of speed: within how many ms 99 of the last 100 flushes made their oldest post visible. */
  readonly visibleMsP99?: number
}

const report = (message: WorkerReport) => {
  process.send?.(message)
}

/** Resolves when the worker has ended. */
function work(role: Role, play: string | undefined): Promise<unknown> {
  const { config } = loadConfig()
  const logger = createLogger(config, role)
  const stopping = new AbortController()
  process.once('message', () => stopping.abort())
  const common = { config, logger, signal: stopping.signal }
  const onReady = () => report({ ready: true })
  switch (role) {
    case 'ingest': {
      const options = JSON.parse(play ?? '{}') as Record<string, unknown>
      return runIngestWorker({
        ...common,
        source: { kind: 'synthetic', options },
        onProgress: ({ posts }) => report({ done: posts }),
      }).then(({ posts }) => report({ done: posts }))
    }
    case 'archive': {
      let done = 0
      const onCommit = ({ from, to }: { readonly from: number; readonly to: number }) => {
        done += to - from
        report({ done })
      }
      return runArchiveWorker({ ...common, onAssigned: onReady, onCommit })
    }
    case 'speed':
      return runSpeedWorker({
        ...common,
        onAssigned: onReady,
        onProgress: ({ messages, visibleMsP99 }) => report({ done: messages, visibleMsP99 }),
      })
    case 'batch':
      return runBatchWorker({ ...common, onReady })
    default:
      throw new AppError('bad-input', `there is no worker '${role satisfies never}'; there are ${ROLES.join(', ')}`)
  }
}

// only when started by pipeline.ts, which also takes the types above
if (process.send) {
  await work(process.argv[2] as Role, process.argv[3])
  process.exit()
}
