/** Runs projects of vitest.config.ts and counts their tests from vitest's own JSON report. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Finished, runTool, type ToolOptions } from './command.ts'
import { type Counts, countReport } from './counts.ts'

export async function runVitest(
  project: 'unit' | 'services' | 'faults',
  options: ToolOptions,
): Promise<Finished & { readonly counts: Counts }> {
  const folder = await mkdtemp(join(tmpdir(), 'tendance-report-'))
  try {
    const report = join(folder, 'report.json')
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
    const finished = await runTool('vitest', ['run', '--project', project, ...reporters], options)
    const json = await readFile(report, 'utf8').catch(() => undefined)
    return { ...finished, counts: countReport(json, finished.code) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
