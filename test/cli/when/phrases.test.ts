/** Two hundred phrases, at several clock times, around two nights when the clocks change, on machines of three zones. */
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { DateTime } from 'luxon'
import { describe, expect, it } from 'vitest'
import type { WhenContext } from '../../../cli/when.ts'
import { INSTANTS, PHRASES, REFUSED } from './phrases.ts'

const MACHINES = ['UTC', 'Europe/Paris', 'America/New_York'] as const
/** A usual day; the days on which Europe's clocks went forward and back; a Monday. */
const DAYS = ['2026-11-21', '2026-03-29', '2026-10-25', '2026-11-16'] as const
const CLOCKS = ['00:30', '06:30', '13:20', '23:45'] as const
const ZONES = ['Europe/Paris', 'UTC'] as const

const contexts: readonly WhenContext[] = ZONES.flatMap((zone) =>
  DAYS.flatMap((day) =>
    CLOCKS.map((clock) => ({ zone, now: DateTime.fromISO(`${day}T${clock}`, { zone }).toMillis() })),
  ),
)
const phrases = [...PHRASES, ...INSTANTS, ...REFUSED].map(([phrase]) => phrase)

async function readOn(machine: string): Promise<readonly (readonly (number | string)[])[]> {
  const script = fileURLToPath(new URL('read-phrases.ts', import.meta.url))
  const child = spawn(process.execPath, [script], { env: { TZ: machine }, stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.end(JSON.stringify({ contexts, phrases }))
  return JSON.parse(await text(child.stdout))
}

/** The wall clock as if it were UTC. */
function wallOf(ms: number, zone: string): number {
  return ms + DateTime.fromMillis(ms, { zone }).offset * 60_000
}

function shown(wall: number): string {
  return new Date(wall).toISOString().slice(0, 16)
}

describe.each(MACHINES)('on a machine in %s', (machine) => {
  it('reads every phrase as people mean it', async () => {
    const read = await readOn(machine)
    const wrong: string[] = []
    contexts.forEach((context, c) => {
      const { zone, now } = context
      const at = `at ${DateTime.fromMillis(now, { zone }).toISO()}`
      const answers = read[c]!
      PHRASES.forEach(([phrase, meaning], p) => {
        const answer = answers[p]!
        const expected = meaning(wallOf(now, zone))
        const given = typeof answer === 'string' ? answer : shown(wallOf(answer, zone))
        if (given !== shown(expected)) wrong.push(`${phrase} ${at}: ${given} instead of ${shown(expected)}`)
      })
      INSTANTS.forEach(([phrase, meaning], i) => {
        const answer = answers[PHRASES.length + i]!
        if (answer !== meaning(now)) wrong.push(`${phrase} ${at}: ${answer} instead of ${meaning(now)}`)
      })
      REFUSED.forEach(([phrase, offered], i) => {
        const answer = answers[PHRASES.length + INSTANTS.length + i]!
        if (typeof answer !== 'string' || !answer.includes(offered)) {
          wrong.push(`${phrase} ${at}: ${typeof answer === 'string' ? answer : new Date(answer).toISOString()}`)
        }
      })
    })
    expect(wrong).toEqual([])
    expect(phrases.length).toBeGreaterThanOrEqual(200)
  })
})

describe('the nights when clocks change', () => {
  const paris = { zone: 'Europe/Paris', now: Date.parse('2026-11-21T12:00:00Z') }

  it('refuses an hour that never was, with what stands on either side of it', async () => {
    const { parseMoment } = await import('../../../cli/when.ts')
    expect(() => parseMoment('2026-03-29T02:30', paris)).toThrow(
      "never was in Europe/Paris: the clocks went forward over it; write '2026-03-29T01:30+01:00' or '2026-03-29T03:30+02:00'",
    )
  })

  it('refuses an hour that was twice, with both', async () => {
    const { parseMoment } = await import('../../../cli/when.ts')
    const message =
      "was twice in Europe/Paris: the clocks went back over it; write '2026-10-25T02:30+02:00' or '2026-10-25T02:30+01:00'"
    expect(() => parseMoment('2026-10-25T02:30', paris)).toThrow(message)
    expect(() => parseMoment('25 october 2h30', paris)).toThrow(message)
  })
})
