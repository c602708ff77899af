/** What a trace says to people, and how it is asked. */
import { describe, expect, it } from 'vitest'
import { parsePlace } from '../../cli/commands/trace.ts'
import { showTrace } from '../../cli/show-trace.ts'
import { hourOfId, type Trace, type TracedHour } from '../../cli/trace.ts'
import { parseHour } from '../../model/time.ts'

const context = { zone: 'UTC', style: (_: string, text: string) => text }
const hour: TracedHour = {
  hour: parseHour('2026-11-16T07'),
  digest: 'ab'.repeat(32),
  sealed: true,
  files: 1,
  bytes: 100,
  unreadable: [],
  records: [],
  views: [],
}
const record: TracedHour['records'][number] = {
  hour: hour.hour,
  path: '/tendance/posts/records/2026/11/16/07/2-0-9.avro',
  partition: 2,
  index: 4,
  from: 0,
  to: 9,
  offset: 5,
  quarantined: false,
  commit: {
    path: '/tendance/posts/commits/2/0.json',
    writer: 'host-1',
    committedAt: Date.parse('2026-11-16T07:31:00Z'),
  },
  record: {
    source: 'file',
    text: 'a\nlong #day',
    created_at: Date.parse('2026-11-16T07:30:00Z'),
    received_at: Date.parse('2026-11-16T07:30:02Z'),
  },
}
const traceOf = (more: Partial<Trace>): Trace => ({
  id: 'x:1',
  partition: 2,
  waiting: [],
  hours: [hour],
  deadLetters: [],
  ...more,
})

describe('a trace', () => {
  it('names each step of the way', () => {
    const view = {
      board: 'hashtags',
      edition: 3,
      state: 'live',
      extractor: 'hashtags@2',
      current: true,
      computedAt: Date.parse('2026-11-16T08:05:00Z'),
      by: 'hourly/4#1',
      tallyPath: '/t.avro',
      terms: [{ key: 'day', count: 12 }],
    } as const
    const text = showTrace(traceOf({ hours: [{ ...hour, records: [record], views: [view] }] }), context)
    expect(text.split('\n').map((line) => line.split(/ {2,}/)[0])).toEqual([
      'record',
      'partition',
      'text',
      'came in',
      'offset',
      'commit',
      'file',
      'hour',
      'view',
    ])
    expect(text).toContain('2/5')
    expect(text).toContain('a long #day')
    expect(text).toContain('edition 3 (live, hashtags@2): counted: #day 12')
  })

  it('says what is not certain: an offset within a range, a view made before', () => {
    const records = [{ ...record, offset: null, quarantined: true }]
    const text = showTrace(traceOf({ hours: [{ ...hour, sealed: false, records }] }), context)
    expect(text).toContain('2, between 0 and 8')
    expect(text).toContain('set aside, not counted')
    expect(text).toContain('not sealed yet')
    expect(text).toContain('live counting answers')
  })

  it('says where it looked when there is nothing', () => {
    expect(showTrace(traceOf({}), context)).toContain('not in the 1 files of 2026-11-16T07 of partition 2')
    expect(showTrace(traceOf({ hours: [{ ...hour, records: [record, record] }] }), context)).toContain(
      'it came 2 times',
    )
  })
})

describe('what is asked', () => {
  it('knows the hour of an id of X: the post 714593712366620672 is of 28 March 2016, 23:00 UTC', () => {
    expect(hourOfId('x:714593712366620672')).toBe('2016-03-28T23')
    expect(hourOfId('x:1234')).toBeUndefined()
    expect(hourOfId('synthetic:714593712366620672')).toBeUndefined()
  })

  it('takes an offset as logs have it', () => {
    expect(parsePlace('2/5012')).toEqual({ partition: 2, offset: 5_012 })
    expect(() => parsePlace('5012')).toThrow(/partition\/offset/)
  })
})
