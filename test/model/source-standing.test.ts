import { expect, it } from 'vitest'
import { isSilent, SOURCE_STATES, type SourceStanding } from '../../model/source-standing.ts'

const REPORTED: SourceStanding = {
  ...{ name: 'file:/a', stream: 'posts', host: 'a', pid: 1, state: 'running', position: 'null', movedAt: null },
  ...{ records: 0, deadLetters: 0, rate: null, startedAt: 0, reportedAt: 10_000, everyMs: 2_000 },
}

it('a source that is read is silent when three reports did not come, not before', () => {
  expect([10_000, 15_999, 16_000, 16_001].map((now) => isSilent(REPORTED, now))).toEqual([false, false, false, true])
})

it('one whose reader said that it would say no more is never silent', () => {
  const silent = SOURCE_STATES.filter((state) => isSilent({ ...REPORTED, state }, 1_000_000))
  expect(silent).toEqual(['running'])
})
