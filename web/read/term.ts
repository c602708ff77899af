/** What `GET /term` answers: views/term.ts, with a stamp so that a range that cannot change is not counted again. */
import { hoursBetween } from '../../model/time.ts'
import { digestOf, readStamp } from '../../views/stamp.ts'
import { answerTerm, TERM_HOURS_MAX } from '../../views/term.ts'
import type { Sent } from '../contract/common.ts'
import type { TermQuery, TermResponse } from '../contract/term.ts'
import type { Services } from '../services.ts'
import type { Asking } from './known.ts'
import { windowOf } from './window.ts'

/** @throws AppError `bad-input`; from its `load` also `unavailable`, `not-found` (the edition) */
export function termAsking(services: Services, query: TermQuery): Asking {
  const { board, term, edition } = query
  const window = windowOf(query, services.clock, TERM_HOURS_MAX)
  const tagOf = (digest: string | null, liveVersion: number | null) =>
    digest && (edition === undefined ? `${digest}-${liveVersion}` : digest)
  return {
    key: JSON.stringify(['term', board, term, window.from, window.to, edition]),
    of: 'views',
    async stamp() {
      const { views } = await services.ask(board)
      const stamp = await readStamp(views, { board, hours: hoursBetween(window.from, window.to), edition })
      return stamp && tagOf(digestOf(stamp.lines), stamp.liveVersion)
    },
    async load() {
      const ask = await services.ask(board)
      const answer = await answerTerm(ask, { board, term, ...window, ...(edition === undefined ? {} : { edition }) })
      const response: Sent<TermResponse> = { ...answer, stale: null }
      return { response, stamp: tagOf(answer.digest, answer.provenance.liveVersion) }
    },
  }
}
