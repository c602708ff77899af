import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EventLines } from '../../../web/page/state/event-lines.ts'

describe('server-sent events', () => {
  it('are the same wherever the text is cut', () => {
    const text = 'retry: 1500\r\n\r\n: hello\nevent: live\nid: a-1\ndata: {"é":1}\ndata: 2\n\ndata:x\rid:a-2\r\r'
    const whole = [
      { name: 'live', data: '{"é":1}\n2' },
      { name: 'message', data: 'x' },
    ]
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: text.length })), (cuts) => {
        const lines = new EventLines()
        const places = [0, ...cuts.toSorted((a, b) => a - b), text.length]
        // a lone return at the very end may be the half of a line end: the next piece tells
        const events = places.slice(1).flatMap((to, i) => lines.add(text.slice(places[i], to)))
        expect([...events, ...lines.add('\n')]).toEqual(whole)
        expect([lines.lastId, lines.retryMs]).toEqual(['a-2', 1_500])
      }),
    )
  })

  it('count as seen when they are complete, not before', () => {
    const lines = new EventLines()
    lines.add('id: a-1\ndata: 1\n\nid: a-2\ndata: 2\n')
    expect(lines.lastId).toBe('a-1')
    lines.add('\n')
    expect(lines.lastId).toBe('a-2')
  })
})
