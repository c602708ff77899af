import { describe, expect, it } from 'vitest'
import { describeReason, describeRequest } from '../../model/describe-request.ts'
import { describeFailures, fractionDone, progressDetails, startingProgress } from '../../model/progress.ts'
import { parseRebuild, parseRecompute } from '../../model/requests.ts'
import type { HourId } from '../../model/time.ts'
import { addWork, type FailedHour, NOTHING_DONE } from '../../model/work.ts'

const failed = (hour: string, attempts = 1): FailedHour => ({
  hour: hour as HourId,
  code: 'corrupt',
  message: 'block 3 is broken',
  attempts,
})
const running = {
  ...startingProgress('recompute', 'posts'),
  edition: 4,
  phase: 'computing',
  done: { ...NOTHING_DONE, hours: 1_200, records: 12_000_000, bytes: 3_140_000 },
  hoursPlanned: 300,
  hoursAhead: 900,
} as const

describe('progress', () => {
  it('goes from nothing to one, hours ahead taken as work', () => {
    expect(fractionDone(startingProgress('hourly', 'posts'))).toBe(0)
    expect(fractionDone(running)).toBe(0.5)
    expect(fractionDone({ ...running, phase: 'done' })).toBe(1)
  })

  it('tells a person in the UI what is done, what is left, and what failed', () => {
    expect(progressDetails({ ...running, done: { ...running.done, failed: [failed('2026-11-16T07')] } })).toBe(
      [
        '**computing**, recompute of posts, edition 4',
        '',
        '- hours: 1,200 computed, 300 to do, 900 not looked at yet',
        '- records: 12,000,000 counted, 0 copies removed, 3.1 MB read',
        '- **failed: 2026-11-16T07 (block 3 is broken)**',
        '',
        '\u00a0',
      ].join('\n'),
    )
  })

  it('says what was asked for and why, whoever has started it', () => {
    const { extractors: _, ...asked } = parseRecompute({
      since: '2026-11-16T07',
      reason: 'accents were cut',
      by: 'ada',
    })
    const request = { ...asked, extractors: { hashtags: 'hashtags@2' } }
    const about = `${describeRequest(request)}, ${describeReason(request)}`
    expect(about).toBe('recompute posts since 2026-11-16T07 with hashtags@2, asked for by ada: accents were cut')
    expect(progressDetails({ ...running, about })).toContain(`edition 4\n\n${about}\n\n- hours`)
    expect(describeRequest(parseRebuild({}))).toBe(
      'rebuild posts over the full history with the extractors of the live edition',
    )
  })

  it('names a few failures and counts the rest', () => {
    const many = ['00', '01', '02', '03', '04'].map((hour) => failed(`2026-11-16T${hour}`))
    expect(describeFailures(many)).toContain('2026-11-16T02 (block 3 is broken); and 2 more')
    const aside = { ...failed('2026-11-16T07'), quarantined: ['/a/_b.avro.quarantined'] }
    expect(describeFailures([aside])).toBe('2026-11-16T07 (block 3 is broken; quarantined)')
  })
})

describe('adding work', () => {
  it('adds numbers, and keeps the later report of a failed hour', () => {
    const a = { ...NOTHING_DONE, hours: 2, failed: [failed('2026-11-16T07', 1), failed('2026-11-16T08', 1)] }
    const b = { ...NOTHING_DONE, hours: 3, failed: [failed('2026-11-16T07', 2)] }
    expect(addWork(a, b)).toMatchObject({ hours: 5, failed: [{ attempts: 1 }, { hour: '2026-11-16T07', attempts: 2 }] })
  })
})
