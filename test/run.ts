/** `npm test`: the checks, then the tests on the real services, then those that kill them. The last line counts all of them. */
import { runChecks } from './runner/checks.ts'
import { addCounts, summaryLine } from './runner/counts.ts'
import { runVitest } from './runner/vitest-run.ts'

let counts = await runChecks((line) => console.log(line))
for (const project of ['services', 'faults'] as const) {
  counts = addCounts(counts, (await runVitest(project, { show: true, limitMs: 35 * 60_000 })).counts)
}
console.log(summaryLine(counts))
process.exitCode = counts.failed === 0 ? 0 : 1
