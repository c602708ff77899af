/** What `GET /hours` answers: the ledger, a page at a time. */
import type { z } from 'zod'
import { parseHour } from '../../model/time.ts'
import { askHours } from '../../views/ask-hours.ts'
import { API, type Sent } from '../contract/common.ts'
import type { HoursResponse, hoursQuery } from '../contract/hours.ts'
import type { Services } from '../services.ts'
import { STREAM } from './editions.ts'
import type { Asking } from './known.ts'

/** @throws from its `load` AppError `bad-input`, `unavailable` */
export function hoursAsking(services: Services, { from, to, limit }: z.output<typeof hoursQuery>): Asking {
  return {
    key: `hours ${from} ${to} ${limit}`,
    of: 'views',
    async load() {
      const views = await services.views()
      const { clock, config } = services
      const ask = { views, clock, graceMs: config.lake.graceMs }
      const page = await askHours(ask, {
        stream: STREAM,
        limit,
        ...(from === undefined ? {} : { from: parseHour(from) }),
        ...(to === undefined ? {} : { to: parseHour(to) }),
      })
      const next = page.next && new URLSearchParams({ from: page.next, limit: String(limit), ...(to && { to }) })
      const response: Sent<HoursResponse> = {
        ...page,
        hours: page.hours.map(({ stream: _, ...hour }) => hour),
        next: next && `${API}/hours?${next}`,
        stale: null,
      }
      return { response }
    },
  }
}
