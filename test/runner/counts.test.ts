import { describe, expect, it } from 'vitest'
import { addCounts, countReport, summaryLine } from './counts.ts'

const report = (passed: number, failed: number, skipped = 0) =>
  JSON.stringify({
    numPassedTests: passed,
    numFailedTests: failed,
    numPendingTests: skipped,
    numTodoTests: 0,
  })

describe('the counts of a run', () => {
  it("are those of vitest's report", () => {
    expect(countReport(report(3, 0, 1), 0)).toEqual({ passed: 3, failed: 0, skipped: 1 })
    expect(countReport(report(3, 2), 1)).toEqual({ passed: 3, failed: 2, skipped: 0 })
  })

  it.each([
    ['ended badly with every test passed', report(3, 0), 1],
    ['ran no test', report(0, 0), 0],
    ['left no report', undefined, 1],
  ])('have a failure when the run %s', (_, json, code) => {
    expect(countReport(json, code).failed).toBe(1)
  })

  it('add up to one line', () => {
    const sum = addCounts({ passed: 1, failed: 0, skipped: 0 }, { passed: 2, failed: 1, skipped: 0 })
    expect(summaryLine(sum)).toBe('3 passed, 1 failed')
    expect(summaryLine({ ...sum, skipped: 2 })).toBe('3 passed, 1 failed, 2 skipped')
  })
})
