/** What `GET /editions/{a}/diff/{b}` answers: views/diff.ts, with the first hours that differ one by one. */
import type { z } from 'zod'
import { parseHour } from '../../model/time.ts'
import { diffEditions, type HourDiff } from '../../views/diff.ts'
import type { Sent } from '../contract/common.ts'
import type { DiffResponse, diffPath, diffQuery } from '../contract/editions.ts'
import type { Services } from '../services.ts'
import { STREAM } from './editions.ts'
import type { Asking } from './known.ts'

/** Comparing reads every hour of both. */
const FRESH_MS = 5_000

/** @throws from its `load` AppError `not-found` (an edition), `unavailable` */
export function diffAsking(
  services: Services,
  { a, b }: z.output<typeof diffPath>,
  { board, n, from, to, limit }: z.output<typeof diffQuery>,
): Asking {
  return {
    key: JSON.stringify(['diff', a, b, board, n, from, to, limit]),
    of: 'views',
    freshMs: FRESH_MS,
    async load() {
      const differing: HourDiff[] = []
      const question = {
        ...{ stream: STREAM, board, before: a, after: b, n },
        from: from === undefined ? undefined : parseHour(from),
        to: to === undefined ? undefined : parseHour(to),
      }
      const { hours: compared, ...summary } = await diffEditions(await services.views(), question, {
        fullTallies: services.fullTallies,
        take: (hour) => {
          if (differing.length < limit && hour.rows.some(({ change }) => change !== 'same')) differing.push(hour)
        },
      })
      const response: Sent<DiffResponse> = { a, b, board, n, compared, ...summary, hours: differing, stale: null }
      return { response }
    },
  }
}
