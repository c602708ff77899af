/** The alert rules against what workers tell when all is well and when it is not, by Prometheus' own promtool. */
import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const run = promisify(execFile)
const folder = fileURLToPath(new URL('../../docs/grafana/', import.meta.url))

/** @throws with what promtool said, or what to do when it is missing */
async function promtool(args: readonly string[], cwd = folder): Promise<string> {
  try {
    return (await run('promtool', args, { cwd })).stdout
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as { code?: unknown; stdout?: string; stderr?: string }
    if (code !== 'ENOENT') throw new Error(`promtool ${args.join(' ')}:\n${stdout}${stderr}`)
    throw new Error(
      "promtool is missing: Debian's package prometheus has it (apt-get install prometheus), .ci/run installs it",
    )
  }
}

it('are rules that Prometheus understands', async () => {
  expect(await promtool(['check', 'rules', 'alerts.yml'])).toContain('SUCCESS')
})

it('say what is wrong, and nothing while all is well', async () => {
  expect(await promtool(['test', 'rules', 'alerts.test.yml'])).toContain('SUCCESS')
})

it('would fail these tests with another threshold', async () => {
  const copy = await mkdtemp(join(tmpdir(), 'alerts-'))
  try {
    await cp(folder, copy, { recursive: true })
    const rules = await readFile(join(copy, 'alerts.yml'), 'utf8')
    const expr = 'max by (group) (tendance_consumer_lag_seconds) > 300'
    expect(rules).toContain(expr)
    await writeFile(join(copy, 'alerts.yml'), rules.replace(expr, expr.replace('300', '9000')))
    await expect(promtool(['test', 'rules', 'alerts.test.yml'], copy)).rejects.toThrow('TendanceRecordsNotStored')
  } finally {
    await rm(copy, { recursive: true })
  }
})

it('are tested each', async () => {
  const named = (text: string, key: RegExp) => new Set([...text.matchAll(key)].map(([, name]) => name))
  const rules = named(await readFile(join(folder, 'alerts.yml'), 'utf8'), /- alert: (\w+)/g)
  const tested = named(await readFile(join(folder, 'alerts.test.yml'), 'utf8'), /alertname: (\w+)/g)
  expect(rules.size).toBeGreaterThan(10)
  expect([...rules].filter((name) => !tested.has(name))).toEqual([])
})
