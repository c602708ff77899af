/** The registry of the API: every operation with its method, path and schemas. The server registers these; the page types its calls by them. */
import type { z } from 'zod'
import { aboutResponse, health, readiness } from './about.ts'
import { API, pathEdition } from './common.ts'
import {
  decisionBody,
  decisionResponse,
  diffPath,
  diffQuery,
  diffResponse,
  editionResponse,
  editionsResponse,
  previewResponse,
  recomputeBody,
  rollbackBody,
  rollbackResponse,
  startedResponse,
} from './editions.ts'
import { hoursQuery, hoursResponse } from './hours.ts'
import { liveEvent, liveQuery } from './live.ts'
import { pipelineResponse, sourcesResponse } from './pipeline.ts'
import { runPath, runResponse, runsQuery, runsResponse } from './runs.ts'
import { termQuery, termResponse } from './term.ts'
import { topQuery, topResponse } from './top.ts'

export interface Operation {
  readonly method: 'GET' | 'POST'
  /** Parameters as `{name}`, as OpenAPI writes them. */
  readonly path: string
  readonly summary: string
  readonly tag: 'answers' | 'editions' | 'pipeline' | 'service'
  readonly params?: z.ZodType
  readonly query?: z.ZodType
  readonly body?: z.ZodType
  /** Of 200 (202 when something is started). `text/event-stream`: of each event's data. */
  readonly response: z.ZodType
  readonly stream?: true
}

export const routes = {
  about: {
    method: 'GET',
    path: `${API}/about`,
    tag: 'service',
    summary: 'Boards, extractors, and what this server allows',
    response: aboutResponse,
  },
  top: {
    method: 'GET',
    path: `${API}/top`,
    tag: 'answers',
    summary: 'The ranking of an hour, of a range (proven), or of each hour of a range',
    query: topQuery,
    response: topResponse,
  },
  term: {
    method: 'GET',
    path: `${API}/term`,
    tag: 'answers',
    summary: 'The counts of one term by hour',
    query: termQuery,
    response: termResponse,
  },
  now: {
    method: 'GET',
    path: `${API}/now`,
    tag: 'answers',
    summary: 'What the next event of /live would tell, once',
    response: liveEvent,
  },
  live: {
    method: 'GET',
    path: `${API}/live`,
    tag: 'answers',
    summary: 'Server-sent events: the last hour and the last 60 minutes as they are counted',
    query: liveQuery,
    response: liveEvent,
    stream: true,
  },
  hours: {
    method: 'GET',
    path: `${API}/hours`,
    tag: 'pipeline',
    summary: 'The ledger of hours',
    query: hoursQuery,
    response: hoursResponse,
  },
  sources: {
    method: 'GET',
    path: `${API}/sources`,
    tag: 'pipeline',
    summary: 'Where records come from, and how far each source is',
    response: sourcesResponse,
  },
  pipeline: {
    method: 'GET',
    path: `${API}/pipeline`,
    tag: 'pipeline',
    summary: 'Lag, workers, dead letters, services; what is wrong now',
    response: pipelineResponse,
  },
  editions: {
    method: 'GET',
    path: `${API}/editions`,
    tag: 'editions',
    summary: 'Every edition, and which is live',
    response: editionsResponse,
  },
  edition: {
    method: 'GET',
    path: `${API}/editions/{edition}`,
    tag: 'editions',
    summary: 'One edition',
    params: pathEdition,
    response: editionResponse,
  },
  diff: {
    method: 'GET',
    path: `${API}/editions/{a}/diff/{b}`,
    tag: 'editions',
    summary: 'What would change for readers if b were live instead of a, hour by hour',
    params: diffPath,
    query: diffQuery,
    response: diffResponse,
  },
  publish: {
    method: 'POST',
    path: `${API}/editions/{edition}/publish`,
    tag: 'editions',
    summary: 'Make a held edition live, when it has caught up',
    params: pathEdition,
    body: decisionBody,
    response: decisionResponse,
  },
  reject: {
    method: 'POST',
    path: `${API}/editions/{edition}/reject`,
    tag: 'editions',
    summary: 'End a held edition; readers never see it',
    params: pathEdition,
    body: decisionBody,
    response: decisionResponse,
  },
  rollback: {
    method: 'POST',
    path: `${API}/rollback`,
    tag: 'editions',
    summary: 'Make the edition live that was so before',
    body: rollbackBody,
    response: rollbackResponse,
  },
  preview: {
    method: 'POST',
    path: `${API}/recompute/preview`,
    tag: 'editions',
    summary: 'What a recompute would read and change; starts nothing',
    body: recomputeBody,
    response: previewResponse,
  },
  recompute: {
    method: 'POST',
    path: `${API}/recompute`,
    tag: 'editions',
    summary: 'Start a recompute or a rebuild, or find the run that does it already',
    body: recomputeBody,
    response: startedResponse,
  },
  runs: {
    method: 'GET',
    path: `${API}/runs`,
    tag: 'editions',
    summary: 'The latest runs of batch work',
    query: runsQuery,
    response: runsResponse,
  },
  run: {
    method: 'GET',
    path: `${API}/runs/{id}`,
    tag: 'editions',
    summary: 'How far a run is',
    params: runPath,
    response: runResponse,
  },
  healthz: {
    method: 'GET',
    path: '/healthz',
    tag: 'service',
    summary: 'The process is alive',
    response: health,
  },
  readyz: {
    method: 'GET',
    path: '/readyz',
    tag: 'service',
    summary: 'It can answer; 503 when it cannot',
    response: readiness,
  },
} as const satisfies Record<string, Operation>

export type RouteName = keyof typeof routes
export type ResponseOf<R extends RouteName> = z.infer<(typeof routes)[R]['response']>
export type BodyOf<R extends RouteName> = (typeof routes)[R] extends { body: infer B extends z.ZodType }
  ? z.input<B>
  : undefined
