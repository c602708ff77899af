/** What `tendance doctor` says of the log of a stream: which topic it is of, what earlier ones lost, which hours straddle a change of partitions. */
import type { Config } from '../app/config.ts'
import { createKafka } from '../kafka/client.ts'
import { openTopicIds } from '../kafka/topic-id.ts'
import { readGenerations } from '../lake/generations.ts'
import { layoutAt } from '../lake/layout.ts'
import { openStore } from '../lake/open-store.ts'
import { AppError } from '../model/errors.ts'
import { type GenerationHistory, layoutChangesOf, straddledChange } from '../model/generations.ts'
import { silentLogger } from '../model/log.ts'
import { type StreamName, topicOf } from '../model/streams/stream.ts'
import type { HourId } from '../model/time.ts'
import { openViews } from '../views/views.ts'

const STREAM: StreamName = 'posts'
const HOURS_SHOWN_MAX = 10

/** @throws AppError `conflict` when Kafka has another topic than the log is of, or none any more */
export async function probeLog(config: Config): Promise<string> {
  await using store = openStore(config.lake, { logger: silentLogger })
  const topic = topicOf(config.kafka.topicPrefix, STREAM)
  await using ids = openTopicIds(createKafka(config, 'tendance-doctor', silentLogger, 0), topic)
  const history = await readGenerations({ store, layout: layoutAt(config.lake.root) }, STREAM)
  const current = history.at(-1)
  if (!current) return `nothing of ${topic} is archived yet`
  const now = await ids.ask()
  if (now?.id !== current.topicId) {
    const has = now ? `Kafka has another topic of that name, ${now.id}` : 'Kafka has no topic of that name'
    throw new AppError(
      'conflict',
      `the log is of ${topic} with the id ${current.topicId}, and ${has}: 'tendance adopt-topic --dry-run' says what is lost, and what the new one holds`,
      { facts: { topic, topicId: now?.id, archivedTopicId: current.topicId } },
    )
  }
  const straddling = await straddlingHours(config, history)
  return [
    `${topic} ${current.topicId}, generation ${current.generation}, ${current.partitions} partitions`,
    ...history.flatMap(changeText),
    ...(straddling.length === 0 ? [] : [hoursText(straddling)]),
  ].join('; ')
}

function changeText({ cause, at, by, reason, generation, lost = [] }: GenerationHistory[number]): readonly string[] {
  const when = `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`
  if (cause === 'partitions') return [`${when}: ${reason}`]
  if (cause !== 'adopted') return []
  const records = lost.reduce((sum, { from, to }) => sum + to - from, 0)
  return [
    `${when}: generation ${generation} adopted by ${by} (${reason}), ${records} records of the one before known to be lost`,
  ]
}

/** By the ledger: hours that are counted with ids over all partitions. Only then is there anything to look for. */
async function straddlingHours(config: Config, history: GenerationHistory): Promise<readonly HourId[]> {
  const changes = layoutChangesOf(history)
  if (changes.length === 0) return []
  await using views = await openViews({ ...config.mongo, appName: 'tendance-doctor' })
  const hours = await views.hours.list(STREAM)
  return hours.filter(({ partitions }) => straddledChange(partitions, changes)).map(({ hour }) => hour)
}

function hoursText(hours: readonly HourId[]): string {
  const more = hours.length > HOURS_SHOWN_MAX ? ` and ${hours.length - HOURS_SHOWN_MAX} more` : ''
  return `counted over all partitions, live counts of copies there are too high: ${hours.slice(0, HOURS_SHOWN_MAX).join(', ')}${more}`
}
