/** The topic that a case reads: filled once for a shape and kept, with its truth. */
import { loadConfig } from '../../app/config.ts'
import type { Environment } from '../../app/environment.ts'
import { createKafka } from '../../kafka/client.ts'
import { silentLogger } from '../../model/log.ts'
import { topicOf } from '../../model/streams/stream.ts'
import { withProgress } from '../../stack/reporter.ts'
import { fillTopic, type TopicShape, type TopicTruth } from '../data/fill-topic.ts'
import type { BenchContext } from './bench-case.ts'

/** @param environment says where Kafka is, and what the topic is called (`TENDANCE_KAFKA_TOPIC_PREFIX`) */
export function topicOfPosts(
  { reporter }: BenchContext,
  environment: Environment,
  shape: TopicShape,
): Promise<TopicTruth> {
  const { config } = loadConfig({ env: environment })
  const topic = topicOf(config.kafka.topicPrefix, 'posts')
  const connection = createKafka(config, 'tendance-bench', silentLogger)
  const text = `a topic of ${shape.posts.toLocaleString('en-GB')} posts`
  return withProgress(reporter, 'bench', text, () => fillTopic(connection, topic, shape))
}
