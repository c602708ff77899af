/**
 * What the API may answer when much is wrong: every problem, an answer that is not proven, hours that failed, notes. Its English is
 * marked, so that a test finds it wherever it stands; so is what programs behind the server have said.
 */

import type { z } from 'zod'
import { type HourId, hoursBetween, nextHour } from '../../../model/time.ts'
import type { aboutResponse } from '../../../web/contract/about.ts'
import type { Sent } from '../../../web/contract/common.ts'
import type { EditionsResponse } from '../../../web/contract/editions.ts'
import type { HoursResponse, LedgerHour } from '../../../web/contract/hours.ts'
import type { LiveEvent } from '../../../web/contract/live.ts'
import type { PipelineResponse, SourcesResponse } from '../../../web/contract/pipeline.ts'
import type { ProblemFacts } from '../../../web/contract/problem-facts.ts'
import type { RunsResponse } from '../../../web/contract/runs.ts'
import type { TermResponse } from '../../../web/contract/term.ts'
import type { Answer, TopResponse } from '../../../web/contract/top.ts'
import { CHANGES, PROBLEMS, WHY } from './facts.ts'

/** Stands for every sentence that the server has made in English for programs. */
export const ENGLISH = 'The server has said this in English'

export const NOW = Date.parse('2026-11-16T10:30:00Z')
const RUNNING = '2026-11-16T10' as HourId
const FIRST = nextHour(RUNNING, -23)
const HOURS = hoursBetween(FIRST, nextHour(RUNNING))
const STALE = { since: NOW - 60_000, service: 'MongoDB', why: WHY } as const
/** As people wrote them. */
const REASON = 'hashtags@2'

const about: Sent<z.infer<typeof aboutResponse>> = {
  ...{ name: 'tendance', version: '1', now: NOW, reading: 'open', changing: 'token', authorised: false },
  boards: [{ name: 'hashtags', stream: 'posts', slotMs: 300_000, family: 'hashtags' }],
  extractors: [{ name: 'hashtags@2', family: 'hashtags', about: ENGLISH }],
  ...{ temporalUi: 'http://127.0.0.1:8233', docs: '/docs' },
}

const row = { rank: 1, key: 'news', shown: 'News', count: 40, countMax: 52, movement: { kind: 'new' } } as const

function answerOf(from: HourId, to: HourId, standing: Answer['standing']): Sent<Answer> {
  const isMissing = standing === 'missing'
  return {
    ...{ stream: 'posts', board: 'hashtags', from, to, standing, rows: isMissing ? [] : [row] },
    ...{ exact: false, bound: 12, doubt: { cause: 'full-tallies-unread', why: WHY }, unproven: ENGLISH },
    ...{ distinct: 1, distinctMax: 2, total: 40, records: 40, copies: 0 },
    provenance: {
      ...{ origin: 'batch', liveVersion: 1, edition: 1, editions: [1], extractors: ['hashtags@1', 'hashtags@2'] },
      hours: { sealed: 20, amended: 1, provisional: 1, missing: 1 },
      provisional: [],
      amended: standing === 'amended' ? [{ hour: from, at: NOW, records: 12 }] : [],
      quarantined: standing === 'sealed' ? [{ hour: from, files: 1, records: 5 }] : [],
      gaps: isMissing ? [{ hour: from, why: 'not-computed' }] : [],
      speed: null,
    },
  }
}

function topOf(by: TopResponse['by']): Sent<TopResponse> {
  const standings = ['sealed', 'amended', 'missing', 'provisional'] as const
  const byHour = HOURS.map((hour, at) => answerOf(hour, nextHour(hour), standings[at % standings.length]!))
  return {
    ...{ board: 'hashtags', from: FIRST, to: nextHour(RUNNING), by, n: 10, digest: null, permanent: null, next: null },
    answers: by === 'hour' ? byHour : [answerOf(FIRST, nextHour(RUNNING), null)],
    stale: STALE,
  }
}

const term: Sent<TermResponse> = {
  ...{ term: 'news', key: 'news', shown: 'News', board: 'hashtags', from: FIRST, to: nextHour(RUNNING) },
  ...{ count: 40, countMax: 52, exact: false, unproven: ENGLISH, doubt: { cause: 'lake-not-asked' } },
  ...{ firstSeen: FIRST, lastSeen: FIRST, peak: { hour: FIRST, count: 40 }, best: { hour: FIRST, rank: 1 } },
  spellings: [{ shown: 'News', hours: 1, count: 40 }],
  digest: null,
  hours: HOURS.map((hour, at) => ({
    ...{ hour, count: at === 0 ? 40 : 0, countMax: 40, rank: at === 0 ? 1 : null, rankMin: null, shown: null },
    ...{ standing: 'provisional', edition: null, extractor: null, from: 'speed' },
  })),
  provenance: answerOf(FIRST, nextHour(RUNNING), null).provenance,
  stale: null,
}

const live: Sent<LiveEvent> = {
  ...{ at: NOW, board: 'hashtags', edition: 1, liveVersion: 1, secondsBehind: null, completeTo: null },
  lastHour: {
    ...{ hour: nextHour(RUNNING, -1), standing: 'provisional', exact: false, bound: 3, records: 40, total: 40 },
    rows: [{ ...row, movement: { kind: 'below' } }],
  },
  sliding: {
    ...{ from: NOW - 3_600_000, to: NOW, exact: false, bound: 3, records: 40, total: 40, missingSlots: 2 },
    rows: [{ ...row, movement: { kind: 'unknown' }, spark: [1, 0] }],
  },
  slotMs: 300_000,
  slots: [
    { at: NOW - 600_000, records: 1, closed: true, known: true },
    { at: NOW - 300_000, records: 0, closed: false, known: false },
  ],
  stale: STALE,
}

const NOTHING = { archived: null, computed: null, completeness: { computed: null, archived: null } } as const
const account = {
  ...{ records: 100, bytes: 12_345, files: 1, partitions: [], firstArrivedAt: null, lastArrivedAt: null },
  ...{ late: 3, lost: 2 },
}

const ledgerHours = HOURS.map((hour, at): Sent<LedgerHour> => {
  const base = { hour, sealedAt: null, refused: null, amendments: [], quarantined: { files: 0, records: 0 } }
  const rest = { agreements: [], editions: [1], failure: null }
  if (at === 1) return { ...base, ...rest, ...NOTHING, state: 'behind', refused: WHY }
  if (at === 2) {
    const failure = { at: NOW, code: 'corrupt', message: WHY }
    return { ...base, ...rest, ...NOTHING, archived: account, state: 'failed', failure }
  }
  return { ...base, ...rest, ...NOTHING, archived: account, state: 'amended', amendments: [{ at: NOW, records: 3 }] }
})
export const REFUSED_HOUR = HOURS[1]!
export const FAILED_HOUR = HOURS[2]!

const hours: Sent<HoursResponse> = {
  ...{ stream: 'posts', from: FIRST, to: nextHour(RUNNING), known: { first: FIRST, last: RUNNING }, archive: null },
  ...{ hours: ledgerHours, next: null, stale: null },
}

const member = { clientId: 'tendance-speed', host: '127.0.0.1', partitions: [0, 1] }

export function pipelineOf(problems: readonly ProblemFacts[] = PROBLEMS): Sent<PipelineResponse> {
  return {
    at: NOW,
    problems: problems.map((facts, at) => ({
      ...{ severity: at % 2 === 0 ? 'error' : 'warning', code: `code-${at}`, message: ENGLISH, remedy: ENGLISH, facts },
      hours: 'kind' in facts ? { from: FIRST, to: RUNNING } : null,
    })),
    services: (['MongoDB', 'Kafka', 'Temporal', 'Lake'] as const).map((service) => ({
      service,
      ok: false,
      about: WHY,
    })),
    topics: [{ stream: 'posts', topic: 'posts', partitions: 6, messages: 12_345, rate: 12 }],
    groups: [
      { name: 'speed', groupId: 'speed', state: 'PreparingRebalance', members: [member], lag: 7, partitions: [] },
    ],
    workers: [
      { kind: 'speed', identity: ENGLISH, member, seenAt: null },
      { kind: 'archive', identity: ENGLISH, member: { ...member, partitions: [] }, seenAt: null },
      { kind: 'batch', identity: '123@localhost', member: null, seenAt: NOW },
    ],
    deadLetters: {
      ...{ topic: 'posts.dead-letters', total: 12, looked: 12, reading: false },
      reasons: [
        { reason: 'created_at', rest: false, count: 10, lastAt: NOW, example: '{}' },
        { reason: ENGLISH, rest: true, count: 2, lastAt: NOW, example: '{}' },
      ],
    },
    schedule: null,
    stale: { ...STALE, service: null },
  }
}

const sources: Sent<SourcesResponse> = {
  sources: (['running', 'ended', 'stopped', 'failed', 'silent'] as const).map((state, at) => ({
    ...{ name: `tcp:${at}`, stream: 'posts', host: 'localhost', pid: 7, state, position: '{"offset":12}' },
    ...{ movedAt: at === 0 ? null : NOW, rate: at === 0 ? 3.4 : null, records: 100, deadLetters: 2 },
    ...{ startedAt: NOW - 60_000, reportedAt: NOW },
  })),
  stale: null,
}

const editions: Sent<EditionsResponse> = {
  live: { edition: 1, previous: null, version: 1, at: NOW, by: 'ann' },
  editions: (['building', 'held', 'live', 'retired', 'failed', 'rejected', 'cancelled'] as const).map((state, at) => ({
    ...{ stream: 'posts', number: 7 - at, parent: null, since: FIRST, until: RUNNING, extractors: {}, state },
    ...{ reason: REASON, by: 'ann', createdAt: NOW, publishedAt: NOW, boards: null, hours: 1, records: 1 },
    ...{ keepUntil: NOW, clearedAt: null, run: { workflowId: 'recompute-1', url: 'http://127.0.0.1:8233' } },
    changes: [
      { state: 'building', at: NOW, by: 'ann', why: REASON, facts: null },
      ...CHANGES.map((facts, i) => ({ state, at: NOW + i, by: 'ann', why: ENGLISH, facts })),
    ],
  })),
  stale: null,
}

const runs: Sent<RunsResponse> = {
  runs: (['running', 'completed', 'failed', 'cancelled', 'terminated', 'timed-out', 'unknown'] as const).map(
    (status, at) => ({
      ...{ workflowId: `recompute-${at}`, kind: 'recompute', status, startedAt: NOW, closedAt: NOW, url: 'http://a' },
    }),
  ),
  stale: null,
}

/** By the beginning of the path that is asked for. */
export const ANSWERS: Readonly<Record<string, unknown>> = {
  '/api/v1/about': about,
  '/api/v1/now': live,
  '/api/v1/top?by=hour': topOf('hour'),
  '/api/v1/top': topOf('range'),
  '/api/v1/term': term,
  '/api/v1/hours': hours,
  '/api/v1/pipeline': pipelineOf(),
  '/api/v1/sources': sources,
  '/api/v1/editions': editions,
  '/api/v1/runs': runs,
}
