/** Settings of a real topic that break a promise: told, refused where records would be lost, and mended without touching others. */
import { beforeAll, describe, expect, it } from 'vitest'
import type { Config } from '../../app/config.ts'
import { createMetrics } from '../../app/metrics.ts'
import { EXIT } from '../../cli/cli.ts'
import { showTopics } from '../../cli/topics.ts'
import { ensureTopic } from '../../kafka/admin.ts'
import { createKafka, type KafkaConnection } from '../../kafka/client.ts'
import { fetchTopicSettings, setTopicSettings, settingProblems } from '../../kafka/topic-settings.ts'
import { silentLogger } from '../../model/log.ts'
import { topicOf } from '../../model/streams/stream.ts'
import { runArchiveWorker } from '../../workers/archive.ts'
import { runSpeedWorker } from '../../workers/speed.ts'
import { runCli } from '../cli/run-cli.ts'
import { isolatedConfig } from '../services.ts'

let config: Config
let kafka: KafkaConnection
let topic: string

beforeAll(async () => {
  config = isolatedConfig()
  kafka = createKafka(config, 'test', silentLogger)
  topic = topicOf(config.kafka.topicPrefix, 'posts')
  await ensureTopic(kafka, topic, config.kafka)
})

const problems = async () =>
  settingProblems((await fetchTopicSettings(kafka, topic)) ?? new Map()).map(({ setting, kind }) => [setting, kind])

describe('the settings of a topic', () => {
  it('are right where Tendance has made it', async () => {
    expect(await problems()).toEqual([])
  })

  it('are none where there is no topic', async () => {
    expect(await fetchTopicSettings(kafka, `${topic}-of-nobody`)).toBeUndefined()
  })

  it('stop the workers when they lose records, saying which, why and what mends it', async () => {
    await setTopicSettings(kafka, topic, new Map([['retention.ms', '604800000']]))
    expect(await problems()).toEqual([['retention.ms', 'refuse']])
    const worker = { config, logger: silentLogger, signal: new AbortController().signal, metrics: createMetrics() }
    const message = /retention\.ms of topic .* is 604800000: it deletes by the time of events.*tendance topics --mend/
    await expect(runArchiveWorker(worker)).rejects.toThrow(message)
    await expect(runSpeedWorker({ ...worker, metrics: createMetrics() })).rejects.toThrow(message)
  })

  it('are mended, and others stay as they were', async () => {
    const others = new Map([
      ['message.timestamp.type', 'LogAppendTime'],
      ['max.message.bytes', '500000'],
      ['segment.ms', '123456'],
    ])
    await setTopicSettings(kafka, topic, others)
    expect(await problems()).toEqual([
      ['retention.ms', 'refuse'],
      ['message.timestamp.type', 'warn'],
      ['max.message.bytes', 'warn'],
    ])
    const shown = await runCli(config, (cli) => showTopics(cli, { mend: false, json: false }))
    expect(shown.code).toBe(EXIT.unwell)
    expect(shown.lines.join('\n')).toMatch(/retention\.ms +604800000 +refused/)
    const mended = await runCli(config, (cli) => showTopics(cli, { mend: true, json: true }))
    expect(mended.code).toBe(EXIT.done)
    expect(mended.lines.map((line) => JSON.parse(line).state)).toEqual([
      'mended',
      'right',
      'mended',
      'right',
      'right',
      'mended',
    ])
    expect(await problems()).toEqual([])
    expect((await fetchTopicSettings(kafka, topic))?.get('segment.ms')).toBe('123456')
  })
})
