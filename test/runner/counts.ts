/** How many tests passed and failed, and how two runs add up. */
import { z } from 'zod'

export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

export const NO_TESTS: Counts = { passed: 0, failed: 0, skipped: 0 }

export function addCounts(a: Counts, b: Counts): Counts {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped }
}

const reportSchema = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
})

/**
 * The counts of a vitest JSON report. A run that failed without a failed test (a file that cannot be imported, a stack that
 * does not start, no test at all) counts as at least one failure: no total may look green when its run was not.
 */
export function countReport(json: string | undefined, exitCode: number): Counts {
  const parsed = json === undefined ? undefined : reportSchema.parse(JSON.parse(json))
  const passed = parsed?.numPassedTests ?? 0
  const failed = parsed?.numFailedTests ?? 0
  const skipped = (parsed?.numPendingTests ?? 0) + (parsed?.numTodoTests ?? 0)
  const sound = exitCode === 0 && failed === 0 && passed > 0
  return { passed, failed: sound ? 0 : Math.max(failed, 1), skipped }
}

/** The last line of a run: read by people and by CI. */
export function summaryLine({ passed, failed, skipped }: Counts): string {
  const line = `${passed} passed, ${failed} failed`
  return skipped === 0 ? line : `${line}, ${skipped} skipped`
}
