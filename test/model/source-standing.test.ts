import { expect, it } from 'vitest'
import { isSilent, SOURCE_STATES } from '../../model/source-standing.ts'
import { sourceStanding } from '../views/documents.ts'

const REPORTED = sourceStanding({ reportedAt: 10_000 })

it('a source that is read is silent when three reports did not come, not before', () => {
  expect([10_000, 15_999, 16_000, 16_001].map((now) => isSilent(REPORTED, now))).toEqual([false, false, false, true])
})

it('one whose reader said that it would say no more is never silent', () => {
  const silent = SOURCE_STATES.filter((state) => isSilent({ ...REPORTED, state }, 1_000_000))
  expect(silent).toEqual(['running'])
})
