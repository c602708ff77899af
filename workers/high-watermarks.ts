/** How far Kafka is, for sealing: asked of the topic that the log is of, and of no other. */
import type { HighWatermarks } from '../activities/dependencies.ts'
import type { Config } from '../app/config.ts'
import { createKafka } from '../kafka/client.ts'
import { openTopicIds } from '../kafka/topic-id.ts'
import { fetchHighWatermarks } from '../kafka/topic-log.ts'
import { readGenerations } from '../lake/generations.ts'
import { AppError } from '../model/errors.ts'
import { toLogOffsets } from '../model/generations.ts'
import { topicOf } from '../model/streams/stream.ts'
import { type GenerationPlace, goneText, lookAtGeneration, settleLayout } from './topic-generation.ts'

/**
 * Offsets of the log, for the topic that the log is of.
 * @throws AppError `conflict` when Kafka has another topic under its name, or none any more: what it held may not be in the lake
 */
export function kafkaHighWatermarks(
  config: Pick<Config, 'kafka'>,
  where: Omit<GenerationPlace, 'stream' | 'topic' | 'ids'>,
): HighWatermarks {
  const kafka = createKafka(config, 'tendance-batch', where.logger)
  return async (stream) => {
    const topic = topicOf(config.kafka.topicPrefix, stream)
    await using ids = openTopicIds(kafka, topic)
    const its = { ...where, stream, topic, ids }
    const entry = await lookAtGeneration(its)
    if (entry === 'gone') {
      // A lake that was filled by files alone has no topic: then nothing is on its way.
      if ((await readGenerations(where.place, stream)).length === 0) return new Map()
      throw new AppError('conflict', goneText(topic), { facts: { topic } })
    }
    // Records of open transactions included: an hour is not complete while some may still be committed into it.
    const highs = toLogOffsets(entry, await fetchHighWatermarks(kafka, topic))
    await settleLayout(its, highs)
    return highs
  }
}
