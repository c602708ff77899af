/** Lengths of time as people write them: `24h`, `7d`, `90m`, `2w`. */
import { DAY_MS, HOUR_MS, MINUTE_MS } from './time.ts'

const UNITS = { m: MINUTE_MS, min: MINUTE_MS, h: HOUR_MS, d: DAY_MS, j: DAY_MS, w: 7 * DAY_MS } as const

/** Milliseconds, above 0; undefined when it is no length of time. */
export function durationOf(text: string): number | undefined {
  const match = /^\s*(\d+)\s*(m|min|h|d|j|w)\s*$/i.exec(text)
  const ms = match ? Number(match[1]) * UNITS[match[2]!.toLowerCase() as keyof typeof UNITS] : 0
  return ms > 0 ? ms : undefined
}

/** `7d`, `36h`, `90m`: the greatest unit that divides it, to the minute. */
export function durationText(ms: number): string {
  const unit = (['d', 'h'] as const).find((one) => ms >= UNITS[one] && ms % UNITS[one] === 0) ?? 'm'
  return `${Math.round(ms / UNITS[unit])}${unit}`
}
