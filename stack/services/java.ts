/** How Java daemons are run small: SerialGC and short stacks keep three brokers under 0.7 GB on a laptop. */
import { userInfo } from 'node:os'

/** A daemon that runs out of memory must die, not limp: whoever watches it sees a dead process at once. */
export function daemonFlags(heapMb: number): readonly string[] {
  return [
    '-Xms64m',
    `-Xmx${heapMb}m`,
    '-XX:+UseSerialGC',
    '-Xss512k',
    '-XX:+ExitOnOutOfMemoryError',
    '-Djava.awt.headless=true',
    '-Djava.net.preferIPv4Stack=true',
  ]
}

/** For the short life of a format command: no time spent on the second compiler. */
export const FORMAT_FLAGS = ['-Xmx128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'] as const
export const FORMAT_TIMEOUT_MS = 120_000

export function osUser(): string {
  return userInfo().username
}
