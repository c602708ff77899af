/** What `GET /pipeline`, `/sources` and `/readyz` answer, from looks around (web/pipeline/look.ts) and what workers have told. */
import { isSilent, SOURCE_KEPT_MS, type SourceStanding } from '../../model/source-standing.ts'
import { deadLetterTopicOf } from '../../model/streams/stream.ts'
import { runUrl } from '../../temporal/ui-url.ts'
import type { Sent } from '../contract/common.ts'
import type { Group, PipelineResponse, SourcesResponse, Worker } from '../contract/pipeline.ts'
import { STREAM } from '../read/editions.ts'
import type { Asking } from '../read/known.ts'
import type { Services } from '../services.ts'
import { DeadLetterTail } from './dead-letter-tail.ts'
import { GROUP_NAMES, type Look, lookAround } from './look.ts'
import { findPipelineProblems } from './problems.ts'
import { Rates } from './rates.ts'

/** A look costs each service a call or two. */
const FRESH_MS = 2_000

export class Pipeline implements AsyncDisposable {
  readonly #services: Services
  readonly #tail: DeadLetterTail
  readonly #rates = new Rates()

  constructor(services: Services) {
    this.#services = services
    const { config, kafka, logger } = services
    const { topicPrefix, groupPrefix } = config.kafka
    this.#tail = new DeadLetterTail({ kafka, groupPrefix, topic: deadLetterTopicOf(topicPrefix, STREAM), logger })
  }

  pipelineAsking(): Asking {
    return {
      key: 'pipeline',
      of: 'kafka',
      freshMs: FRESH_MS,
      load: async () => ({ response: this.#pipelineOf(await lookAround(this.#services)) }),
    }
  }

  sourcesAsking(): Asking {
    return {
      key: 'sources',
      of: 'views',
      load: async () => ({ response: await this.#sources() }),
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tail[Symbol.asyncDispose]()
  }

  #pipelineOf(look: Look): Sent<PipelineResponse> {
    const { at, kafka, temporal, mongo, lake } = look
    const letters = kafka.ok ? kafka.value.topics.get(look.deadLetterTopic) : undefined
    if (letters) this.#tail.follow(letters)
    const groups = groupsOf(look)
    const { reasons, looked, isReading: reading } = this.#tail
    return {
      at,
      problems: findPipelineProblems({ look, groups, reasons }),
      services: [
        { service: 'MongoDB', ok: mongo.ok, about: mongo.ok ? mongo.value.about : mongo.why },
        { service: 'Kafka', ok: kafka.ok, about: kafka.ok ? this.#services.kafka.brokers.join(', ') : kafka.why },
        {
          service: 'Temporal',
          ok: temporal.ok,
          about: temporal.ok ? this.#services.config.temporal.address : temporal.why,
        },
        { service: 'Lake', ok: lake.ok, about: lake.ok ? lake.value : lake.why },
      ],
      topics: this.#topicsOf(look),
      groups,
      workers: workersOf(look, groups),
      deadLetters: letters ? { topic: look.deadLetterTopic, total: countOf(letters), looked, reasons, reading } : null,
      schedule: temporal.ok ? this.#scheduleOf(temporal.value.schedule) : null,
      stale: null,
    }
  }

  #topicsOf({ at, topic, kafka }: Look): Sent<PipelineResponse['topics']> {
    const offsets = kafka.ok ? kafka.value.topics.get(topic) : undefined
    if (!offsets) return []
    const messages = [...offsets.values()].reduce((sum, { high }) => sum + high, 0)
    return [{ stream: STREAM, topic, partitions: offsets.size, messages, rate: this.#rates.of(topic, messages, at) }]
  }

  #scheduleOf(
    schedule: Extract<Look['temporal'], { ok: true }>['value']['schedule'],
  ): Sent<PipelineResponse>['schedule'] {
    if (schedule === null) return null
    const { paused, next, lastRun } = schedule
    const { temporal } = this.#services.config
    return {
      paused,
      next: next[0]?.getTime() ?? null,
      last: lastRun && {
        at: lastRun.at.getTime(),
        workflowId: lastRun.workflowId,
        url: runUrl(temporal, lastRun.workflowId),
      },
    }
  }

  async #sources(): Promise<Sent<SourcesResponse>> {
    const views = await this.#services.views()
    const now = this.#services.clock()
    const standings = await views.sources.list(STREAM, now - SOURCE_KEPT_MS)
    return { sources: standings.map((standing) => sourceOf(standing, now)), stale: null }
  }
}

/** What a silent one told of its rate was true then. */
function sourceOf(standing: SourceStanding, now: number): Sent<SourcesResponse>['sources'][number] {
  const { everyMs: _, ...told } = standing
  return isSilent(standing, now) ? { ...told, state: 'silent', rate: null } : told
}

function groupsOf({ kafka, mongo, topic, groupIds }: Look): readonly Group[] {
  const offsets = kafka.ok ? kafka.value.topics.get(topic) : undefined
  if (!kafka.ok || !offsets) return []
  return GROUP_NAMES.flatMap((name) => {
    const standing = kafka.value.groups.find(({ groupId }) => groupId === groupIds[name])
    if (!standing) return []
    const partitions = [...offsets].map(([partition, { low, high }]) => {
      const counted = name === 'speed' && mongo.ok ? mongo.value.countedTo.get(partition) : undefined
      const taken = counted ?? standing.committed.get(partition) ?? null
      return { partition, high, taken, lag: Math.max(0, high - (taken ?? low)) }
    })
    return {
      name,
      groupId: standing.groupId,
      state: standing.state,
      members: standing.members.map((member) => ({ ...member, partitions: [...member.partitions] })),
      lag: partitions.reduce((sum, { lag }) => sum + lag, 0),
      partitions,
    }
  })
}

function workersOf({ temporal }: Look, groups: readonly Group[]): readonly Worker[] {
  const members = groups.flatMap(({ name, members }) =>
    members.map(({ clientId, host, partitions }) => ({
      kind: name,
      member: { clientId, host, partitions },
      identity: `${clientId} on ${host}, partitions ${partitions.join(', ') || 'none yet'}`,
      seenAt: null,
    })),
  )
  const batch = temporal.ok
    ? temporal.value.pollers.map((poller) => ({ kind: 'batch' as const, member: null, ...poller }))
    : []
  return [...members, ...batch]
}

function countOf(offsets: ReadonlyMap<number, { readonly low: number; readonly high: number }>): number {
  return [...offsets.values()].reduce((sum, { low, high }) => sum + high - low, 0)
}
