/**
 * What time it is, as far as anybody can know: this machine's clock held against those of the services that it works with. A machine
 * whose clock is two hours ahead would seal the hour that runs, close slots that are open, and delete what is young; one that is two
 * hours behind would refuse the posts of now.
 *
 * Invariant: `earliest` never is later than this machine or a service says (but for the second to which HDFS says it), `latest` never
 * earlier. What must not come too early
 * (sealing, closing, deleting) goes by the first, what must not be refused by the second.
 */
import type { Logger } from './log.ts'
import { type Clock, MINUTE_MS } from './time.ts'

export const CLOCK_SERVICES = ['HDFS', 'MongoDB', 'Temporal'] as const
export type ClockService = (typeof CLOCK_SERVICES)[number]

/** What a service said when it was asked; all in milliseconds since 1970 UTC. */
export interface ClockReading {
  readonly service: ClockService
  /** Its clock stood in [at, at + spanMs]: a second where it says whole seconds; Infinity when it only says that it is later than `at`. */
  readonly at: number
  readonly spanMs: number
  /** By this machine's clock: it was asked, and answered, between these. */
  readonly askedAt: number
  readonly answeredAt: number
}

export interface ClockSkew {
  readonly service: ClockService
  /** By how much this machine's clock is ahead of the service's, negative when it is behind; 0 when they may agree. */
  readonly skewMs: number
}

export interface Clocks {
  /** Of each service that was heard of in the last minutes. */
  readonly skews: readonly ClockSkew[]
  /** Those beyond the bound. */
  off(): readonly ClockSkew[]
  /** This machine's own. */
  machine(): number
  earliest(): number
  latest(): number
  observe(reading: ClockReading): void
  /** Asks the services that can be asked; one that does not answer says nothing. */
  ask(): Promise<void>
}

export function skewOf({ at, spanMs, askedAt, answeredAt }: ClockReading): number {
  if (askedAt > at + spanMs) return askedAt - (at + spanMs)
  return Math.min(0, answeredAt - at)
}

/** `this machine's clock is 7,200 s ahead of MongoDB's` */
export function skewText(skews: readonly ClockSkew[]): string {
  const one = ({ service, skewMs }: ClockSkew) =>
    `${Math.round(Math.abs(skewMs) / 1_000)} s ${skewMs > 0 ? 'ahead of' : 'behind'} ${service}'s`
  return `this machine's clock is ${skews.map(one).join(', ')}`
}

export interface ClockWatchOptions {
  /** This machine's. */
  readonly clock: Clock
  /** A clock that differs by more is off: it is told, and nothing is sealed by it. */
  readonly skewMaxMs: number
  readonly logger: Logger
  readonly ask?: (observe: (reading: ClockReading) => void) => Promise<void>
}

/** What was heard longer ago says nothing of now: a clock may have been set meanwhile. */
const HEARD_MS = 10 * MINUTE_MS

export function watchClocks({ clock, skewMaxMs, logger, ask }: ClockWatchOptions): Clocks {
  const heard = new Map<ClockService, ClockSkew & { readonly answeredAt: number }>()
  const told = new Set<ClockService>()

  const recent = () => {
    const now = clock()
    return [...heard.values()].filter(({ answeredAt }) => Math.abs(now - answeredAt) <= HEARD_MS)
  }
  const bare = ({ service, skewMs }: ClockSkew) => ({ service, skewMs })
  const isOff = ({ skewMs }: ClockSkew) => Math.abs(skewMs) > skewMaxMs

  /** Once when it begins and once when it ends, not with each reading. */
  const tell = (skew: ClockSkew) => {
    const { service, skewMs } = skew
    if (isOff(skew) === told.has(service)) return
    if (told.delete(service)) {
      logger.info({ service, skewMs }, `this machine's clock agrees with ${service}'s again`)
      return
    }
    told.add(service)
    logger.error(
      { service, skewMs, skewMaxMs },
      `${skewText([skew])}: nothing is sealed by this machine until they agree; set its clock by NTP, or mend that of ${service}`,
    )
  }

  const observe = (reading: ClockReading) => {
    const { service, answeredAt } = reading
    const skew = { service, skewMs: skewOf(reading) }
    heard.set(service, { ...skew, answeredAt })
    tell(skew)
  }
  return {
    get skews() {
      return recent().map(bare)
    },
    off() {
      return recent().filter(isOff).map(bare)
    },
    machine: clock,
    earliest: () => clock() - Math.max(0, ...recent().map(({ skewMs }) => skewMs)),
    latest: () => clock() - Math.min(0, ...recent().map(({ skewMs }) => skewMs)),
    observe,
    ask: async () => ask?.(observe),
  }
}
