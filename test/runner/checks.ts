/**
 * Everything that needs no server: format and lint, types, unused code, unit tests (the tidy test among them). They run at
 * the same time; each says how long it took, and prints what it said only when it failed.
 */
import { type Finished, runTool } from './command.ts'
import { addCounts, type Counts, NO_TESTS } from './counts.ts'
import { runVitest } from './vitest-run.ts'

/** Far above what any of them takes, also on a loaded machine. */
const OPTIONS = { show: false, limitMs: 15 * 60_000 }

interface Check {
  readonly name: string
  run(): Promise<Finished & { readonly counts: Counts }>
}

const CHECKS: readonly Check[] = [
  { name: 'unit tests', run: () => runVitest('unit', OPTIONS) },
  { name: 'types', run: () => asOneTest('tsc', ['--noEmit']) },
  // of browsers, with another library
  { name: 'types of the page', run: () => asOneTest('tsc', ['--noEmit', '-p', 'web/page']) },
  { name: 'format and lint', run: () => asOneTest('biome', ['check', '--error-on-warnings', '.']) },
  { name: 'unused code', run: () => asOneTest('knip', ['--no-progress']) },
]

/** Returns the unit tests' counts, with each other check as one test more. */
export async function runChecks(print: (line: string) => void): Promise<Counts> {
  const results = await Promise.all(
    CHECKS.map(async ({ name, run }) => {
      const { counts, elapsedMs, output } = await run()
      const verdict = counts.failed === 0 ? 'ok    ' : 'FAILED'
      const tests = counts.passed + counts.failed > 1 ? `  ${counts.passed} passed, ${counts.failed} failed` : ''
      print(`${verdict}  ${name.padEnd(16)} ${(elapsedMs / 1000).toFixed(1).padStart(5)} s${tests}`)
      if (counts.failed > 0) print(output.trimEnd())
      return counts
    }),
  )
  return results.reduce(addCounts, NO_TESTS)
}

async function asOneTest(tool: string, args: readonly string[]): Promise<Finished & { readonly counts: Counts }> {
  const finished = await runTool(tool, args, OPTIONS)
  const ok = finished.code === 0
  return { ...finished, counts: { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 } }
}
