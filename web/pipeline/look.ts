/**
 * One look at everything that runs: services, topics, consumer groups, workers, dead letters, the schedule, the ledger's problems. A
 * service that does not answer costs its own part, not the rest.
 */

import { fetchStanding, type KafkaStanding } from '../../kafka/standing.ts'
import { BOARD_NAMES, boards } from '../../model/boards.ts'
import { messageOf } from '../../model/errors.ts'
import type { Problem as HourProblem } from '../../model/ledger-problems.ts'
import { deadLetterTopicOf, topicOf } from '../../model/streams/stream.ts'
import { hourOf, nextHour } from '../../model/time.ts'
import { describeSchedule } from '../../temporal/schedule.ts'
import { askProblems } from '../../views/ask-problems.ts'
import type { Views } from '../../views/views.ts'
import { firstExtractors } from '../../workers/first-extractors.ts'
import { STREAM } from '../read/editions.ts'
import { withTemporal } from '../read/runs.ts'
import type { Services } from '../services.ts'

export const GROUP_NAMES = ['archive', 'speed'] as const
export type GroupName = (typeof GROUP_NAMES)[number]

/** What was seen, or why it was not. */
export type Seen<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly why: string }

export interface Poller {
  readonly identity: string
  /** When it last asked for work, ms. */
  readonly seenAt: number | null
}

export interface TemporalLook {
  readonly pollers: readonly Poller[]
  readonly schedule: Awaited<ReturnType<typeof describeSchedule>>
}

export interface ViewsLook {
  readonly about: string
  readonly problems: readonly HourProblem[]
  /** Of each partition the topic's offset up to which it is counted live: what the speed group commits is where it would begin again. */
  readonly countedTo: ReadonlyMap<number, number>
}

export interface Look {
  readonly at: number
  readonly topic: string
  readonly deadLetterTopic: string
  readonly groupIds: Readonly<Record<GroupName, string>>
  readonly kafka: Seen<KafkaStanding>
  readonly temporal: Seen<TemporalLook>
  readonly mongo: Seen<ViewsLook>
  readonly lake: Seen<string>
}

/** Of each service: a person waits for all of them. */
const PATIENCE_MS = 6_000
const LEDGER_HOURS = 48

export async function lookAround(services: Services): Promise<Look> {
  const { config, clock } = services
  const { topicPrefix, groupPrefix } = config.kafka
  const topic = topicOf(topicPrefix, STREAM)
  const deadLetterTopic = deadLetterTopicOf(topicPrefix, STREAM)
  const groupIds = { archive: `${groupPrefix}archive`, speed: `${groupPrefix}speed` }
  const groups = GROUP_NAMES.map((name) => ({ groupId: groupIds[name], topic }))
  const [kafka, temporal, mongo, lake] = await Promise.all([
    seen('Kafka', fetchStanding(services.kafka, { topics: [topic, deadLetterTopic], groups })),
    seen('Temporal', lookAtTemporal(services)),
    seen('MongoDB', lookAtViews(services)),
    seen('the lake', lookAtLake(services)),
  ])
  return { at: clock(), topic, deadLetterTopic, groupIds, kafka, temporal, mongo, lake }
}

async function seen<T>(name: string, work: Promise<T>): Promise<Seen<T>> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => late.reject(new Error(`${name} has not answered for ${PATIENCE_MS / 1_000} s`)),
    PATIENCE_MS,
  )
  try {
    return { ok: true, value: await Promise.race([work, late.promise]) }
  } catch (error) {
    return { ok: false, why: messageOf(error) }
  } finally {
    clearTimeout(timer)
  }
}

/** temporal.api.enums.v1.TaskQueueType */
const ACTIVITY_QUEUE = 2

function lookAtTemporal(services: Services): Promise<TemporalLook> {
  const { namespace, taskQueue } = services.config.temporal
  return withTemporal(services, 'asking who works', async (client) => {
    const [{ pollers }, schedule] = await Promise.all([
      client.workflowService.describeTaskQueue({
        namespace,
        taskQueue: { name: taskQueue },
        taskQueueType: ACTIVITY_QUEUE,
      }),
      describeSchedule(client, taskQueue),
    ])
    return {
      schedule,
      pollers: (pollers ?? []).map(({ identity, lastAccessTime }) => ({
        identity: identity ?? 'without a name',
        seenAt: lastAccessTime?.seconds == null ? null : Number(lastAccessTime.seconds) * 1_000,
      })),
    }
  })
}

async function lookAtViews(services: Services): Promise<ViewsLook> {
  const { clock, config } = services
  const views = await services.views()
  const running = hourOf(clock())
  const [{ address, version }, { problems }, countedTo] = await Promise.all([
    views.probe(),
    askProblems(
      { views, clock, graceMs: config.lake.graceMs },
      { stream: STREAM, from: nextHour(running, -LEDGER_HOURS), to: nextHour(running) },
    ),
    countedLive(services, views),
  ])
  return { about: `${address}, version ${version}`, problems, countedTo }
}

async function countedLive({ config }: Services, views: Views): Promise<ReadonlyMap<number, number>> {
  const extractors = (await views.editions.chain(STREAM))?.chain[0]?.extractors ?? firstExtractors(config)
  const states = await Promise.all(
    BOARD_NAMES.filter((board) => boards[board].stream === STREAM).map((board) =>
      views.speed.states({ stream: STREAM, board, extractor: extractors[board] }),
    ),
  )
  const countedTo = new Map<number, number>()
  // of several boards the one that is least far
  for (const { partition, offset: ofLog, base = 0 } of states.flat()) {
    const offset = ofLog - base
    countedTo.set(partition, Math.min(offset, countedTo.get(partition) ?? offset))
  }
  return countedTo
}

async function lookAtLake({ lake, config }: Services): Promise<string> {
  await lake.store.list(config.lake.root)
  return `${lake.store.address}, ${config.lake.root}`
}
