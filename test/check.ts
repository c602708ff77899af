/** `npm run check`: everything that needs no server, in under 30 seconds. */
import { runChecks } from './runner/checks.ts'
import { summaryLine } from './runner/counts.ts'

const counts = await runChecks((line) => console.log(line))
console.log(summaryLine(counts))
process.exitCode = counts.failed === 0 ? 0 : 1
