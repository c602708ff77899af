/**
 * Recorded histories replay on the workflows as they are now: a change that would break runs under way is seen here. When one
 * is meant, keep the old way with `patched` until such runs have ended, or record anew (record.ts) when none can be under way.
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Worker, type WorkflowBundle } from '@temporalio/worker'
import { DeterminismViolationError } from '@temporalio/workflow'
import { beforeAll, describe, expect, it } from 'vitest'
import { silentLogger } from '../../model/log.ts'
import { WORKFLOW_TYPES } from '../../temporal/names.ts'
import { installRuntime } from '../../temporal/runtime.ts'
import { loadWorkflowBundle } from '../../workers/workflow-bundle.ts'
import { testSettings } from '../test-settings.ts'
import { type RecordedHistory, readHistory } from './history-file.ts'

const folder = join(import.meta.dirname, 'histories')
const names = readdirSync(folder).filter((name) => name.endsWith('.json'))
const read = (name: string) => readHistory(join(folder, name))

interface Replayed {
  readonly name: string
  readonly error: unknown
}

let bundle: WorkflowBundle
beforeAll(async () => {
  installRuntime(silentLogger)
  bundle = await loadWorkflowBundle({
    folder: join(import.meta.dirname, '../..'),
    cacheDir: testSettings().cacheDir,
  })
})

/** One worker for all: making one costs more than replaying. */
async function replay(histories: readonly { name: string; history: RecordedHistory }[]): Promise<Replayed[]> {
  const results = Worker.runReplayHistories(
    { workflowBundle: bundle },
    histories.map(({ name, history }) => ({ workflowId: name, history })),
  )
  const replayed: Replayed[] = []
  for await (const { workflowId, error } of results) replayed.push({ name: workflowId, error })
  return replayed
}

describe('recorded runs', () => {
  it('are there of every workflow', async () => {
    const histories = await Promise.all(names.map(read))
    const types = histories.map(
      ({ events }) => events?.[0]?.workflowExecutionStartedEventAttributes?.workflowType?.name,
    )
    expect(new Set(types)).toEqual(new Set(WORKFLOW_TYPES))
  })

  it('all replay', async () => {
    const replayed = await replay(await Promise.all(names.map(async (name) => ({ name, history: await read(name) }))))
    expect(replayed.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual(
      names.toSorted().map((name) => ({ name, error: undefined })),
    )
  })

  it('one that had scheduled something else does not: replaying can fail', async () => {
    const history = await read('hourly.json')
    const scheduled = history.events?.find((event) => event.activityTaskScheduledEventAttributes)
    scheduled!.activityTaskScheduledEventAttributes!.activityType = { name: 'somethingElse' }
    const [replayed] = await replay([{ name: 'changed', history }])
    expect(replayed?.error).toBeInstanceOf(DeterminismViolationError)
  })
})
