/**
 * Recorded histories replay on the workflows as they are now: a change that would break runs under way is seen here. When one
 * is meant, keep the old way with `patched` until such runs have ended, or record anew (record.ts) when none can be under way.
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import proto from '@temporalio/proto'
import { Worker, type WorkflowBundle } from '@temporalio/worker'
import { DeterminismViolationError } from '@temporalio/workflow'
import { beforeAll, describe, expect, it } from 'vitest'
import { silentLogger } from '../../model/log.ts'
import { WORKFLOW_TYPES } from '../../temporal/names.ts'
import { installRuntime } from '../../temporal/runtime.ts'
import { loadWorkflowBundle } from '../../workers/workflow-bundle.ts'
import { testSettings } from '../test-settings.ts'
import { type RecordedHistory, readHistory } from './history-file.ts'

const { EventType } = proto.temporal.api.enums.v1
const ENDS = {
  continued: String(EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW),
  completed: String(EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED),
  cancelled: String(EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED),
}
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
async function replay(
  histories: readonly { name: string; history: RecordedHistory }[],
  workflowBundle = bundle,
): Promise<Replayed[]> {
  const results = Worker.runReplayHistories(
    { workflowBundle },
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

  it('nor does any on a workflow that was changed so that runs under way would break', async () => {
    // As if planning were another activity now, without a patch for the runs that have planned already.
    const changed = { code: codeOf(bundle).replaceAll('planHours', 'planPages') }
    const planned = ['hourly.json', 'rebuild-publish.json', 'recompute-continues.json']
    const replayed = await replay(
      await Promise.all(planned.map(async (name) => ({ name, history: await read(name) }))),
      changed,
    )
    expect(replayed.map(({ error }) => error instanceof DeterminismViolationError)).toEqual(planned.map(() => true))
  })

  it('are there of what is hard: continued as new on both sides, cancelled, held and published', async () => {
    const endings = await Promise.all(
      ['recompute-continues', 'rebuild-continued', 'recompute-cancelled', 'rebuild-publish'].map(async (name) => {
        const { events } = await read(`${name}.json`)
        const begun = events![0]!.workflowExecutionStartedEventAttributes!
        const told = events!.flatMap(({ workflowExecutionUpdateAcceptedEventAttributes: update }) =>
          update ? [update.acceptedRequest?.input?.name] : [],
        )
        return { goesOn: Boolean(begun.continuedExecutionRunId), ends: String(events!.at(-1)!.eventType), told }
      }),
    )
    expect(endings).toEqual([
      { goesOn: false, ends: ENDS.continued, told: [] },
      { goesOn: true, ends: ENDS.completed, told: [] },
      { goesOn: false, ends: ENDS.cancelled, told: [] },
      { goesOn: false, ends: ENDS.completed, told: ['pause', 'resume', 'publish'] },
    ])
  })
})

function codeOf(of: WorkflowBundle): string {
  if ('code' in of) return of.code
  throw new Error('the bundle is a path')
}
