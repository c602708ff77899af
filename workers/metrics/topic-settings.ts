/** Whether the topic's settings keep what Tendance promises: looked at when a worker starts, told as a metric. */
import { type Metrics, readGauge } from '../../app/metrics.ts'
import type { KafkaConnection } from '../../kafka/client.ts'
import { requireTopicSettings, WATCHED_SETTINGS } from '../../kafka/topic-settings.ts'
import type { Logger } from '../../model/log.ts'

/** @throws AppError `bad-config` for a setting that loses records, with the command that mends it */
export async function checkTopicSettings(
  metrics: Metrics,
  connection: KafkaConnection,
  topic: string,
  logger: Logger,
): Promise<void> {
  const problems = await requireTopicSettings(connection, topic, logger)
  const wrong = new Set(problems.map(({ setting }) => setting))
  readGauge(
    metrics,
    {
      name: 'tendance_topic_setting_problem',
      help: '1 where a setting of the topic breaks a promise, as it was when this worker started',
      labels: ['topic', 'setting'],
    },
    () => WATCHED_SETTINGS.map((setting) => [{ topic, setting }, wrong.has(setting) ? 1 : 0] as const),
  )
}
