/** `tendance topics`: the settings of the stream's topic that matter, and setting them right. */
import { createKafka } from '../kafka/client.ts'
import { fetchTopicSettings, setTopicSettings, settingProblems, WATCHED_SETTINGS } from '../kafka/topic-settings.ts'
import { AppError } from '../model/errors.ts'
import { silentLogger } from '../model/log.ts'
import { topicOf } from '../model/streams/stream.ts'
import { type Cli, EXIT, print } from './cli.ts'
import { tableText } from './table.ts'

export interface TopicsOptions {
  readonly mend: boolean
  readonly json: boolean
}

/** Resolves to the exit code: 4 when a setting is wrong, and was not mended. */
export async function showTopics(cli: Cli, { mend, json }: TopicsOptions): Promise<number> {
  const { config } = cli.load()
  const kafka = createKafka(config, 'tendance-cli', silentLogger, 1)
  const topic = topicOf(config.kafka.topicPrefix, 'posts')
  const settings = await fetchTopicSettings(kafka, topic)
  if (settings === undefined) {
    throw new AppError('not-found', `Kafka has no topic ${topic} yet: start an ingest worker, it creates it`)
  }
  const problems = settingProblems(settings)
  const mended = new Map(
    mend ? problems.flatMap(({ setting, right }) => (right === null ? [] : [[setting, right] as const])) : [],
  )
  if (mended.size > 0) await setTopicSettings(kafka, topic, mended)
  const rows = WATCHED_SETTINGS.map((setting) => {
    const problem = problems.find((one) => one.setting === setting)
    const state =
      problem === undefined
        ? 'right'
        : mended.has(setting)
          ? 'mended'
          : problem.kind === 'refuse'
            ? 'refused'
            : 'warned of'
    return { topic, setting, value: mended.get(setting) ?? settings.get(setting) ?? '', state, why: problem?.why ?? '' }
  })
  if (json) for (const row of rows) print(cli, JSON.stringify(row))
  else {
    print(cli, `${topic}\n`)
    print(
      cli,
      tableText(
        ['setting', 'value', '', 'why'],
        rows.map(({ setting, value, state, why }) => [setting, value, state, why]),
      ),
    )
    if (problems.length > mended.size)
      print(cli, "\n'tendance topics --mend' sets them right; records that were deleted stay deleted.")
  }
  return problems.length > mended.size ? EXIT.unwell : EXIT.done
}
