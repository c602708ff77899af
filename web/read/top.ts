/** What `GET /top` answers: one hour, a range as one window, or each hour of a range, a page at a time. */
import type { BoardName } from '../../model/boards.ts'
import { AppError } from '../../model/errors.ts'
import { hoursBetween, nextHour } from '../../model/time.ts'
import { HOUR_STANDINGS, type Answer as ViewsAnswer } from '../../views/answer.ts'
import { type Ask, answerByHour, answerHour, answerRange, RANGE_HOURS_MAX } from '../../views/ask.ts'
import { digestOf, readStamp } from '../../views/stamp.ts'
import { API, type Sent } from '../contract/common.ts'
import type { Answer, TopQuery, TopResponse } from '../contract/top.ts'
import type { Services } from '../services.ts'
import type { Asking } from './known.ts'
import { type HourWindow, windowOf } from './window.ts'

/** Some 10 MB: a page of hours is shorter when each has many rows. */
const ROWS_A_PAGE_MAX = 50_000

interface TopQuestion {
  readonly board: BoardName
  readonly by: 'range' | 'hour'
  readonly n: number
  /** As asked; undefined: the live one. */
  readonly edition: number | undefined
  /** The hours that are answered: of `by=hour`, those of this page. */
  readonly window: HourWindow
  /** Where the hours end that were asked for. */
  readonly end: HourWindow['to']
  readonly limit: number
}

/**
 * @throws AppError `bad-input`; from its `load` also `unavailable`, `not-found` (the edition, or an answer of that digest)
 */
export function topAsking(services: Services, query: TopQuery): Asking {
  const { digest, edition } = query
  const question = questionOf(services, query)
  if (digest === undefined) {
    return {
      key: `top ${pathOf(question, {})}`,
      of: 'views',
      stamp: async () => stampOf((await services.ask(question.board)).views, question),
      load: () => loadTop(services, question),
    }
  }
  if (edition === undefined) {
    throw new AppError('bad-input', `'digest' needs 'edition': the answer that named it names both`)
  }
  return {
    key: `top ${pathOf(question, { digest })}`,
    of: 'views',
    permanent: true,
    load: async () => {
      const loaded = await loadTop(services, question)
      if (loaded.response.digest === digest) return loaded
      throw new AppError(
        'not-found',
        `the answer with digest ${digest} is not there any more: its hours were computed again. Ask without 'digest'`,
        { facts: { digest, is: loaded.response.digest } },
      )
    },
  }
}

function questionOf({ clock }: Services, query: TopQuery): TopQuestion {
  const { board, by = 'range', n, edition, limit } = query
  const all = windowOf(query, clock, RANGE_HOURS_MAX)
  const pageHours = Math.min(limit, Math.max(1, Math.floor(ROWS_A_PAGE_MAX / n)))
  const pageEnd = by === 'hour' ? nextHour(all.from, pageHours) : all.to
  const window = { from: all.from, to: pageEnd < all.to ? pageEnd : all.to }
  return { board, by, n, edition, window, end: all.to, limit }
}

interface Loaded {
  readonly response: Sent<TopResponse>
  readonly stamp: string | null
}

async function loadTop(services: Services, question: TopQuestion): Promise<Loaded> {
  const { window, by, board, n, end, edition } = question
  const found = await answersOf(await services.ask(board), question)
  // of a range there is one answer, and its digest is that of the response
  const digests = found.map(({ digest }) => digest)
  const digest = by === 'hour' ? digestOf(digests) : digests[0]!
  const under = found[0]!.provenance
  const named = digest === null || under.edition === null ? null : { digest, edition: under.edition }
  return {
    stamp: digest && tagOf(digest, edition === undefined ? under.liveVersion : null),
    response: {
      board,
      ...window,
      by,
      n,
      answers: found.map((answer) => answerOf(answer, edition !== undefined)),
      digest: named && digest,
      permanent: named && pathOf({ ...question, edition: named.edition }, { digest: named.digest }),
      next: window.to < end ? pathOf({ ...question, window: { from: window.to, to: end } }, {}) : null,
      stale: null,
    },
  }
}

/** An answer also tells which version is live, unless an edition was asked for. */
function tagOf(digest: string, liveVersion: number | null): string {
  return liveVersion === null ? digest : `${digest}-${liveVersion}`
}

async function answersOf(ask: Ask, { board, n, by, window, edition }: TopQuestion): Promise<readonly ViewsAnswer[]> {
  const wanted = { board, n, ...window, ...(edition === undefined ? {} : { edition }) }
  if (by === 'hour') return answerByHour(ask, wanted)
  const isOne = nextHour(window.from) === window.to
  return [isOne ? await answerHour(ask, { ...wanted, hour: window.from }) : await answerRange(ask, wanted)]
}

/** What `loadTop` would say, without the tallies. An hour is compared with the one before, so that one is part of it. */
async function stampOf(views: Ask['views'], { board, edition, by, window }: TopQuestion): Promise<string | null> {
  const { from, to } = window
  const hasMovements = by === 'hour' || nextHour(from) === to
  const hours = hoursBetween(hasMovements ? nextHour(from, -1) : from, to)
  const stamp = await readStamp(views, { board, edition, hours })
  if (!stamp) return null
  const { lines, liveVersion } = stamp
  const digests = lines.slice(1).map((line, i) => digestOf([lines[i], line]))
  const digest = by === 'hour' ? digestOf(digests) : digestOf(lines)
  return digest && tagOf(digest, liveVersion)
}

function answerOf({ provenance, digest: _, ...answer }: ViewsAnswer, isAsked: boolean): Sent<Answer> {
  const { hours } = provenance
  const isOne = nextHour(answer.from) === answer.to
  const standing = isOne ? HOUR_STANDINGS.find((one) => hours[one] > 0) : undefined
  const liveVersion = isAsked ? null : provenance.liveVersion
  return { ...answer, standing: standing ?? null, provenance: { ...provenance, liveVersion } }
}

/** The question as a path: one way of writing for each, so that it is a key too. */
function pathOf({ board, by, n, window, end, edition, limit }: TopQuestion, { digest }: { digest?: string }): string {
  const to = by === 'hour' && digest === undefined ? end : window.to
  const query = new URLSearchParams({ board, from: window.from, to, n: String(n) })
  if (by === 'hour') {
    query.set('by', 'hour')
    query.set('limit', String(limit))
  }
  if (edition !== undefined) query.set('edition', String(edition))
  if (digest !== undefined) query.set('digest', digest)
  return `${API}/top?${query}`
}
