/** `GET /sources`, `GET /pipeline`: where records come from, how far everything is, and what is wrong now. */
import { z } from 'zod'
import { SOURCE_STATES } from '../../model/source-standing.ts'
import { count, hourId, instant, service, stale } from './common.ts'
import { groupName, problemFacts } from './problem-facts.ts'

export const source = z
  .object({
    name: z.string().describe('As the source names itself'),
    stream: z.string(),
    host: z.string().describe('Of its ingest worker'),
    pid: count.describe('Of its ingest worker'),
    state: z
      .enum([...SOURCE_STATES, 'silent'])
      .describe('silent: its worker has told nothing since `reportedAt`, for three intervals'),
    position: z.string().describe('Where it goes on: JSON in its own form, its beginning; null: it has no position'),
    movedAt: instant.nullable().describe('When its position was last saved in this run; null: not yet'),
    rate: z
      .number()
      .nullable()
      .describe('Records a second between its last two reports; null: not known, or not running'),
    records: count.describe('Taken since its worker started'),
    deadLetters: count.describe('Of these records'),
    startedAt: instant,
    reportedAt: instant,
  })
  .meta({ id: 'Source' })

export const sourcesResponse = z
  .object({
    sources: z.array(source).describe('By name and host; those that have told nothing for a week are left out'),
    stale,
  })
  .meta({ id: 'SourcesResponse' })
export type SourcesResponse = z.infer<typeof sourcesResponse>

export const topic = z
  .object({
    stream: z.string(),
    topic: z.string(),
    partitions: count,
    messages: count.describe('Offsets given, over all partitions'),
    rate: z.number().nullable().describe('Messages a second since the look before'),
  })
  .meta({ id: 'Topic' })

export const group = z
  .object({
    name: groupName,
    groupId: z.string(),
    state: z.string().describe('As Kafka says: Stable, Empty, PreparingRebalance, Dead…'),
    members: z.array(z.object({ clientId: z.string(), host: z.string(), partitions: z.array(count) })),
    lag: count.describe('Messages that it has not taken yet'),
    partitions: z.array(
      z
        .object({
          partition: count,
          high: count.describe('Behind the last message'),
          taken: count.nullable().describe('Behind the last message that it has taken; null: none yet'),
          lag: count,
        })
        .describe('Offsets'),
    ),
  })
  .meta({ id: 'Group' })
export type Group = z.infer<typeof group>

export const worker = z
  .object({
    kind: z.enum(['archive', 'speed', 'batch']),
    identity: z.string(),
    member: z
      .object({ clientId: z.string(), host: z.string(), partitions: z.array(count) })
      .nullable()
      .describe('Of a consumer group, as Kafka tells it; null: it polls Temporal'),
    seenAt: instant.nullable().describe('When it last asked for work; null: it is there now'),
  })
  .meta({ id: 'Worker' })
export type Worker = z.infer<typeof worker>

export const reason = z
  .object({
    reason: z.string(),
    rest: z.boolean().describe('All reasons together that are not told one by one'),
    count,
    lastAt: instant,
    example: z.string().describe('The beginning of the last one'),
  })
  .meta({ id: 'DeadLetterReason' })
export type Reason = z.infer<typeof reason>

export const deadLetters = z
  .object({
    topic: z.string(),
    total: count,
    looked: count.describe('Of them, how many of the latest were looked at for the reasons'),
    reasons: z.array(reason).describe('Most first'),
    reading: z.boolean().describe('The latest are being read: `looked` and `reasons` are not all of them yet'),
  })
  .meta({ id: 'DeadLetters' })

export const serviceStanding = z
  .object({
    service,
    ok: z.boolean(),
    about: z.string().describe('Its address, or what is wrong and how to mend it'),
  })
  .meta({ id: 'ServiceStanding' })

export const pipelineProblem = z
  .object({
    severity: z.enum(['error', 'warning']),
    code: z.string(),
    message: z.string().describe('What is wrong, in English'),
    remedy: z.string().describe('What to do, in English'),
    facts: problemFacts,
    hours: z.object({ from: hourId, to: hourId }).nullable().describe('Of some hours: those of [from, to)'),
  })
  .meta({ id: 'PipelineProblem' })
export type PipelineProblem = z.infer<typeof pipelineProblem>

export const pipelineResponse = z
  .object({
    at: instant,
    problems: z.array(pipelineProblem).describe('The worst first; empty: all is well'),
    services: z.array(serviceStanding),
    topics: z.array(topic),
    groups: z.array(group),
    workers: z.array(worker),
    deadLetters: deadLetters.nullable(),
    schedule: z
      .object({
        paused: z.boolean(),
        next: instant.nullable(),
        last: z.object({ at: instant, workflowId: z.string(), url: z.string() }).nullable(),
      })
      .nullable()
      .describe('Of the hourly work; null: there is none, or Temporal does not answer'),
    stale,
  })
  .meta({ id: 'PipelineResponse' })
export type PipelineResponse = z.infer<typeof pipelineResponse>
