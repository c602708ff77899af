/** Workflows on the shared Temporal server, with scripted activities: one bundle and one connection for a file of tests. */
import { join } from 'node:path'
import { Worker, type WorkflowBundle } from '@temporalio/worker'
import { afterAll, beforeAll } from 'vitest'
import type { Config } from '../../app/config.ts'
import { silentLogger } from '../../model/log.ts'
import { parseRecompute } from '../../model/requests.ts'
import { type HourId, hoursBetween, nextHour } from '../../model/time.ts'
import { connectClient, connectWorker, type TemporalClient } from '../../temporal/connection.ts'
import { installRuntime } from '../../temporal/runtime.ts'
import { registerSearchAttributes } from '../../temporal/search-attributes.ts'
import { loadWorkflowBundle } from '../../workers/workflow-bundle.ts'
import { isolatedConfig, uniqueName } from '../services.ts'
import type { ScriptedHistory } from './scripted-activities.ts'

export const FIRST = '2026-11-16T00' as HourId
export const hoursFrom = (count: number) => hoursBetween(FIRST, nextHour(FIRST, count))

/** A recompute since the eleventh hour. */
export const request = (more: object = {}) =>
  parseRecompute({ since: nextHour(FIRST, 10), extractors: 'hashtags@2', reason: 'a test', by: 'vitest', ...more })

export const patience = { patienceMs: 20_000 }

interface RunOptions {
  readonly taskQueue: string
  readonly workflowId: string
}

class OnTemporal implements AsyncDisposable {
  readonly settings: Config['temporal']
  readonly bundle: WorkflowBundle
  readonly temporal: TemporalClient

  private constructor(settings: Config['temporal'], bundle: WorkflowBundle, temporal: TemporalClient) {
    this.settings = settings
    this.bundle = bundle
    this.temporal = temporal
  }

  static async open(): Promise<OnTemporal> {
    const { temporal: settings, stack } = isolatedConfig()
    installRuntime(silentLogger)
    const folder = join(import.meta.dirname, '../..')
    const bundle = await loadWorkflowBundle({ folder, cacheDir: stack.cacheDir })
    const temporal = await connectClient(settings, patience)
    await registerSearchAttributes(temporal.connection, settings.namespace)
    return new OnTemporal(settings, bundle, temporal)
  }

  get client() {
    return this.temporal.client
  }

  /** Runs `use` while a worker works on a task queue of its own. */
  async withWorker<T>(history: ScriptedHistory, use: (options: RunOptions) => Promise<T>): Promise<T> {
    const name = uniqueName('workflows')
    const connection = await connectWorker(this.settings, patience)
    try {
      const worker = await Worker.create({
        connection,
        namespace: this.settings.namespace,
        taskQueue: name,
        workflowBundle: this.bundle,
        activities: history.activities(),
      })
      return await worker.runUntil(use({ taskQueue: name, workflowId: name }))
    } finally {
      await connection.close()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.temporal[Symbol.asyncDispose]()
  }
}

/** One for all tests of a file: opened before the first, closed after the last. */
export function onTemporal(): Pick<OnTemporal, 'settings' | 'bundle' | 'client' | 'withWorker'> {
  let opened: OnTemporal
  beforeAll(async () => {
    opened = await OnTemporal.open()
  })
  afterAll(() => opened?.[Symbol.asyncDispose]())
  return {
    get settings() {
      return opened.settings
    },
    get bundle() {
      return opened.bundle
    },
    get client() {
      return opened.client
    },
    withWorker: (history, use) => opened.withWorker(history, use),
  }
}
