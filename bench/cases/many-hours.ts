/** Years of tiny hours: what an hour costs besides its records, and whether histories and payloads stay small. */
import { join } from 'node:path'
import { AppError } from '../../model/errors.ts'
import { parseHour } from '../../model/time.ts'
import type { Measured } from '../machine/measure.ts'
import type { BenchCase } from './bench-case.ts'
import { manyHoursContender } from './contenders.ts'
import { lakeOfPosts } from './lake-of-posts.ts'

const POSTS_AN_HOUR = 4
/** The years end before now: an hour of the future is nobody's to compute. */
const FIRST = parseHour('2023-11-20T00')
const PAYLOAD_BYTES_MAX = 100_000
const IN_FLIGHT_MAX = 500

export const manyHours: BenchCase = {
  name: 'many-hours',
  about: 'three years of tiny hours recomputed, from starting the workflow to its edition published',
  target: 'under 5 minutes; payloads under 100 KB, at most 500 activities in flight',
  figures: [
    'msAnHour',
    'workerPeakRssMb',
    'temporalPeakRssMb',
    'eventsMax',
    'bytesMax',
    'payloadBytesMax',
    'activities',
    'inFlightMax',
    'continuedAsNew',
  ],
  async prepare(context) {
    const { manyHours: hours } = context.options
    const posts = hours * POSTS_AN_HOUR
    const lake = await lakeOfPosts(context, posts, hours, { partitions: 1, first: FIRST })
    const out = join(context.folder, 'many-hours.tsv')
    const contender = manyHoursContender(context, lake, { out, since: FIRST })
    return {
      contenders: [{ ...contender, check: (measured) => check(measured, hours, () => lake.checkTop(out)) }],
      facts: { hours, posts, partitions: 1 },
      ratios: [],
    }
  },
}

function check({ info }: Measured, hours: number, checkTop: () => void): void {
  checkTop()
  const wrong = [
    info['hours'] === hours ? undefined : `${String(info['hours'])} of ${hours} hours were computed`,
    Number(info['payloadBytesMax']) < PAYLOAD_BYTES_MAX ? undefined : 'a payload is too large',
    Number(info['inFlightMax']) <= IN_FLIGHT_MAX ? undefined : 'too many activities were in flight',
  ].filter((why) => why !== undefined)
  if (wrong.length > 0) throw new AppError('internal', `many-hours: ${wrong.join('; ')}`, { facts: { ...info } })
}
