/**
 * Settings of a topic that an administrator can change, and that break what Tendance promises: which are refused, which are warned of,
 * and what mends them. What is here is right for a topic whose messages carry the time of their events.
 */
import type { Admin } from '@platformatic/kafka'
import { AppError } from '../model/errors.ts'
import type { Logger } from '../model/log.ts'
import type { KafkaConnection } from './client.ts'
import { openAdmin } from './topic-id.ts'

export interface SettingProblem {
  readonly setting: WatchedSetting
  readonly value: string
  /** refuse: records would be lost without a word, so workers do not start. */
  readonly kind: 'refuse' | 'warn'
  readonly why: string
  /** What it should be; null: only a person can know. */
  readonly right: string | null
}

/** Kafka's own default, with the overhead of a batch: one record at the limit of ingest fits. */
const MESSAGE_BYTES_MIN = 1_048_588
/** A clock that differs by less than a year from an event's time is no reason to refuse the record. */
const TIME_DIFFERENCE_MIN_MS = 366 * 86_400_000
const ANY_TIME = '9223372036854775807'

interface Rule {
  readonly setting: string
  readonly kind: SettingProblem['kind']
  readonly right: string | null
  readonly isWrong: (value: string, all: ReadonlyMap<string, string>) => boolean
  readonly why: string
}

const RULES = [
  {
    setting: 'retention.ms',
    kind: 'refuse',
    right: '-1',
    isWrong: (value, all) => value !== '-1' && (all.get('cleanup.policy') ?? 'delete').includes('delete'),
    why: 'it deletes by the time of events: a post of last week may be deleted before it is archived',
  },
  {
    setting: 'cleanup.policy',
    kind: 'warn',
    right: 'delete',
    isWrong: (value) => value.includes('compact'),
    why: 'of records with one id only the last is kept: an earlier one may be gone before it is archived',
  },
  {
    setting: 'message.timestamp.type',
    kind: 'warn',
    right: 'CreateTime',
    isWrong: (value) => value !== 'CreateTime',
    why: 'the broker replaces the time of the event by that of arrival: the hour is then read from each record, which costs time',
  },
  {
    setting: 'message.timestamp.before.max.ms',
    kind: 'warn',
    right: ANY_TIME,
    isWrong: (value) => Number(value) < TIME_DIFFERENCE_MIN_MS,
    why: 'the broker refuses older records, so an import of history ends with an error',
  },
  {
    setting: 'message.timestamp.after.max.ms',
    kind: 'warn',
    right: ANY_TIME,
    isWrong: (value) => Number(value) < 3_600_000,
    why: 'the broker refuses records that are a little ahead of its clock, which ingest accepts',
  },
  {
    setting: 'max.message.bytes',
    kind: 'warn',
    right: String(MESSAGE_BYTES_MIN),
    isWrong: (value) => Number(value) < MESSAGE_BYTES_MIN,
    why: 'the broker refuses batches that ingest sends',
  },
] as const satisfies readonly Rule[]

type WatchedSetting = (typeof RULES)[number]['setting']
export const WATCHED_SETTINGS: readonly WatchedSetting[] = RULES.map(({ setting }) => setting)

/** Pure: what is wrong with these settings. */
export function settingProblems(settings: ReadonlyMap<string, string>): readonly SettingProblem[] {
  return RULES.flatMap(({ setting, kind, right, isWrong, why }) => {
    const value = settings.get(setting)
    return value !== undefined && (isWrong as Rule['isWrong'])(value, settings)
      ? [{ setting, value, kind, right, why }]
      : []
  })
}

export function problemText(topic: string, { setting, value, why, right }: SettingProblem): string {
  const mend = right === null ? '' : `; 'tendance topics --mend' sets it to ${right}`
  return `${setting} of topic ${topic} is ${value}: ${why}${mend}`
}

/** By name; undefined when there is no such topic. @throws AppError `unavailable`, `denied` */
export function fetchTopicSettings(
  connection: KafkaConnection,
  topic: string,
): Promise<ReadonlyMap<string, string> | undefined> {
  return asking(connection, `the settings of topic ${topic}`, async (admin) => {
    const { ConfigResourceTypes } = await import('@platformatic/kafka')
    const resource = { resourceType: ConfigResourceTypes.TOPIC, resourceName: topic }
    const found = await admin.describeConfigs({ resources: [resource] })
    const configs = found[0]?.configs ?? []
    return new Map(configs.flatMap(({ name, value }) => (value == null ? [] : [[name, value] as const])))
  }).catch((error: unknown) => {
    if (error instanceof AppError && /UNKNOWN_TOPIC|does not host this topic/i.test(error.message)) return undefined
    throw error
  })
}

/** Sets these, and leaves all others as they are. */
export async function setTopicSettings(
  connection: KafkaConnection,
  topic: string,
  settings: ReadonlyMap<string, string>,
): Promise<void> {
  await asking(connection, `setting ${[...settings.keys()].join(', ')} of topic ${topic}`, async (admin) => {
    const { ConfigResourceTypes, IncrementalAlterConfigOperationTypes } = await import('@platformatic/kafka')
    const configOperation = IncrementalAlterConfigOperationTypes.SET
    const configs = [...settings].map(([name, value]) => ({ name, configOperation, value }))
    await admin.incrementalAlterConfigs({
      resources: [{ resourceType: ConfigResourceTypes.TOPIC, resourceName: topic, configs }],
    })
  })
}

/**
 * Looks at the topic's settings as a worker does when it starts: warns of what it can live with. Resolves to all that is wrong.
 * @throws AppError `bad-config` for a setting that loses records
 */
export async function requireTopicSettings(
  connection: KafkaConnection,
  topic: string,
  logger: Logger,
): Promise<readonly SettingProblem[]> {
  let settings: ReadonlyMap<string, string> | undefined
  try {
    settings = await fetchTopicSettings(connection, topic)
  } catch (error) {
    // Whoever may not ask may still read and write; brokers that are away are noticed by the work itself.
    logger.warn({ topic, reason: (error as Error).message }, 'the settings of the topic cannot be looked at')
  }
  const problems = settingProblems(settings ?? new Map())
  for (const problem of problems) {
    if (problem.kind === 'warn') logger.warn({ topic, setting: problem.setting }, problemText(topic, problem))
  }
  const refused = problems.filter(({ kind }) => kind === 'refuse')
  if (refused.length > 0) {
    throw new AppError('bad-config', refused.map((problem) => problemText(topic, problem)).join('; '), {
      facts: { topic, settings: refused.map(({ setting }) => setting) },
    })
  }
  return problems
}

async function asking<T>(
  connection: KafkaConnection,
  what: string,
  question: (admin: Admin) => Promise<T>,
): Promise<T> {
  const admin = await openAdmin(connection)
  try {
    return await question(admin)
  } catch (error) {
    const inner = error instanceof AggregateError ? error.errors.map((one: Error) => one.message) : []
    const why = [...new Set([...reasonsOf(error), ...inner])].join('; ')
    throw new AppError(
      /authoriz/i.test(why) ? 'denied' : 'unavailable',
      `Kafka at ${connection.brokers.join(', ')} does not answer for ${what}: ${why}`,
      { cause: error, facts: { what } },
    )
  } finally {
    await admin.close().catch(() => {})
  }
}

/** What this client throws has what the broker said inside. */
function reasonsOf(error: unknown): readonly string[] {
  const { message, errors, cause, apiId } = error as Error & { errors?: readonly unknown[]; apiId?: string }
  return [...(apiId ? [apiId] : []), ...(errors ?? []).flatMap(reasonsOf), ...(cause ? reasonsOf(cause) : []), message]
}
