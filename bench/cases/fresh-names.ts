/** For a run of the whole system: a topic, groups, a lake, a database, a task queue and a state folder that nobody has used. */
import { join } from 'node:path'
import type { Environment } from '../../app/environment.ts'
import type { BenchContext } from './bench-case.ts'

/** @param run unique among all runs on these services */
export function withFreshNames({ environment, folder }: BenchContext, run: string): Environment {
  return {
    ...environment,
    TENDANCE_KAFKA_TOPIC_PREFIX: `${run}.`,
    TENDANCE_KAFKA_GROUP_PREFIX: `${run}.`,
    TENDANCE_INGEST_STATE_DIR: join(folder, run),
    TENDANCE_LAKE_ROOT: `/${run}`,
    TENDANCE_MONGO_DATABASE: run,
    TENDANCE_TEMPORAL_TASK_QUEUE: run,
    TENDANCE_BATCH_EXTRACTORS: 'hashtags@2',
    TENDANCE_LOG_LEVEL: 'error',
  }
}
