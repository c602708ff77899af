/** What `GET /term` answers: views/term.ts, with a stamp so that a range that cannot change is not counted again. */
import { hoursBetween } from '../../model/time.ts'
import { readStamp } from '../../views/stamp.ts'
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
  const stampOf = async () => {
    const { views } = await services.ask(board)
    return (await readStamp(views, { board, hours: hoursBetween(window.from, window.to), edition }))?.tag ?? null
  }
  return {
    key: JSON.stringify(['term', board, term, window.from, window.to, edition]),
    of: 'views',
    stamp: stampOf,
    async load(before) {
      const ask = await services.ask(board)
      const answer = await answerTerm(ask, { board, term, ...window, ...(edition === undefined ? {} : { edition }) })
      const after = before !== null && answer.exact ? await stampOf() : null
      const response: Sent<TermResponse> = { ...answer, stale: null }
      return { response, stamp: after === before ? after : null }
    },
  }
}
