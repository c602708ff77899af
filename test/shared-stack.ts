/**
 * The stack that all tests of contract/ and e2e/ share: started before the first of them, its addresses provided to them,
 * stopped and deleted after the last. What a run that was killed left behind is stopped and deleted first.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { TestProject } from 'vitest/node'
import { AppError } from '../model/errors.ts'
import { identify, readPidFile } from '../stack/processes.ts'
import { lineReporter } from '../stack/reporter.ts'
import { Stack } from '../stack/stack.ts'
import { testSettings } from './test-settings.ts'

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const settings = testSettings()
  const { cacheDir, environment } = settings
  const toStderr = (line: string) => process.stderr.write(`${line}\n`)
  const reporter = lineReporter(toStderr, toStderr)
  if (settings.runningStack !== undefined) {
    const stack = new Stack({ dataDir: settings.runningStack, cacheDir, environment, reporter })
    project.provide('services', stack.addresses)
    return async () => {}
  }
  const dataDir = settings.dataDir('shared')
  const release = claim(`${dataDir}.run`, settings.portOffset)
  await new Stack({ dataDir, cacheDir, environment, reporter }).down({ wipe: true })
  const stack = new Stack({ dataDir, cacheDir, environment, reporter, portOffset: settings.portOffset })
  try {
    await stack.up()
  } catch (error) {
    await stack.down({ wipe: true })
    release()
    throw error
  }
  project.provide('services', stack.addresses)
  return async () => {
    await stack.down({ wipe: true })
    release()
  }
}

/** One run at a time on one set of ports: a second one would delete the first one's data. */
function claim(path: string, portOffset: number): () => void {
  const holder = readPidFile(path)
  if (holder !== undefined) {
    throw new AppError(
      'conflict',
      `the test run of process ${holder.pid} uses port offset ${portOffset}: set TENDANCE_TEST_PORT_OFFSET to another`,
    )
  }
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, JSON.stringify(identify(process.pid)))
  return () => rmSync(path, { force: true })
}
