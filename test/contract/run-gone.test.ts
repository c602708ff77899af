/**
 * Runs that somebody terminated or deleted past Tendance, on real Temporal, HDFS and MongoDB: each edition that they leave can be rejected,
 * cancelled and gone on with, and every refusal names the command.
 */
import { PassThrough } from 'node:stream'
import { WithStartWorkflowOperation } from '@temporalio/client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Cli } from '../../cli/cli.ts'
import { decideEdition } from '../../cli/decide.ts'
import { followRun } from '../../cli/recompute.ts'
import { resumeEdition } from '../../cli/resume.ts'
import { endRun, pauseRun, showProgress } from '../../cli/runs.ts'
import { type EditionRequest, inputOf, parseRebuild, parseRecompute } from '../../model/requests.ts'
import { type HourId, nextHour } from '../../model/time.ts'
import { startEdition } from '../../temporal/start.ts'
import { BatchFixture, key } from '../activities/batch-fixture.ts'
import { knownPosts } from '../activities/lake-of-posts.ts'
import { uniqueName } from '../services.ts'

const FIRST = '2026-11-16T07' as HourId
const HOURS = [FIRST, nextHour(FIRST), nextHour(FIRST, 2)]

let bench: BatchFixture
beforeAll(async () => {
  bench = await BatchFixture.start({ worker: true })
  await bench.posts.append(HOURS.flatMap((hour, i) => knownPosts(hour, 300, i * 10_000)))
  await bench.hourly()
})
afterAll(() => bench?.[Symbol.asyncDispose]())

const said: string[] = []
const cli = (): Cli => ({
  stdin: new PassThrough(),
  stdout: new PassThrough().on('data', (text: Buffer) => said.push(String(text).trim())),
  stderr: new PassThrough().resume(),
  clock: Date.now,
  signal: AbortSignal.timeout(60_000),
  load: () => ({ config: bench.config, shown: [], warnings: [] }),
})
const decide = (number: number, publish: boolean) => decideEdition(cli(), 'posts', number, { publish })
const edition = async (number: number) => (await bench.views.editions.get('posts', number))!
const views = (number: number) => bench.views.batch.hours({ ...key, edition: number })
const byWorkflow = async (workflowId: string) =>
  (await bench.views.editions.list('posts')).findLast((one) => one.workflowId === workflowId)
const handleOf = (workflowId: string) => bench.temporal.client.workflow.getHandle(workflowId)

/** A run that is paused before it computes anything: its edition is building, and stays so. */
async function building(request: EditionRequest): Promise<{ number: number; workflowId: string }> {
  const workflowId = uniqueName(request.kind)
  const startWorkflowOperation = new WithStartWorkflowOperation(request.kind, {
    ...bench.optionsOf(workflowId),
    args: [inputOf(request)],
    workflowIdConflictPolicy: 'FAIL',
  })
  await bench.temporal.client.workflow.executeUpdateWithStart('pause', { startWorkflowOperation })
  await expect.poll(() => byWorkflow(workflowId), { timeout: 20_000 }).toMatchObject({ state: 'building' })
  return { number: (await byWorkflow(workflowId))!.number, workflowId }
}

async function held(request: EditionRequest): Promise<{ number: number; workflowId: string }> {
  const workflowId = uniqueName(request.kind)
  await startEdition(bench.temporal.client, request, bench.optionsOf(workflowId))
  await expect.poll(() => byWorkflow(workflowId), { timeout: 20_000 }).toMatchObject({ state: 'held' })
  return { number: (await byWorkflow(workflowId))!.number, workflowId }
}

const deleteRun = (workflowId: string) =>
  bench.temporal.client.workflowService.deleteWorkflowExecution({
    namespace: bench.config.temporal.namespace,
    workflowExecution: { workflowId },
  })

it('terminated while it builds: publishing is refused with the commands there are; going on ends in a right edition', async () => {
  const { number, workflowId } = await building(parseRecompute({ since: FIRST, extractors: 'hashtags@2' }))
  // The twin: while its run goes on, it cannot be rejected past it.
  await expect(decide(number, false)).rejects.toThrow(`it is still being built: 'tendance cancel ${workflowId}'`)
  await handleOf(workflowId).terminate('somebody in the UI')
  const commands = `'tendance recompute --resume ${number}' goes on with what is missing, 'tendance cancel ${number}'`
  await expect(decide(number, true)).rejects.toThrow(commands)
  const after = `'tendance recompute --resume ${workflowId}' goes on with it`
  await expect(pauseRun(cli(), workflowId, false)).rejects.toThrow(after)
  await expect(pauseRun(cli(), workflowId, false)).rejects.toThrow(/\(terminated at 2/)
  await expect(followRun(cli(), workflowId)).rejects.toThrow(`${workflowId} was terminated before it was done: if it`)
  await showProgress(cli(), workflowId, false)
  expect(said.at(-1)).toContain(`it did not end by itself: `)

  await resumeEdition(cli(), String(number), { detach: false })
  expect(await edition(number)).toMatchObject({ state: 'live' })
  for (const hour of HOURS) await bench.expectRight(number, hour, 'hashtags@2')
})

it('terminated while it builds: it can be rejected', async () => {
  const { number, workflowId } = await building(parseRebuild({ extractors: 'hashtags@1' }))
  await handleOf(workflowId).terminate()
  await decide(number, false)
  expect(said.at(-1)).toBe(`edition ${number}: rejected (its run is gone)`)
  expect(await edition(number)).toMatchObject({ state: 'rejected' })
})

it.each(['terminated', 'deleted'])(
  '%s while it is held: cancelling deletes what it computed, and only that',
  async (how) => {
    const { number, workflowId } = await held(parseRebuild({ extractors: 'hashtags@1', hold: true }))
    expect(await views(number)).toHaveLength(3)
    if (how === 'terminated') await handleOf(workflowId).terminate()
    else {
      await deleteRun(workflowId)
      await expect
        .poll(
          () =>
            handleOf(workflowId)
              .describe()
              .then(
                () => true,
                () => false,
              ),
          { timeout: 20_000 },
        )
        .toBe(false)
    }
    await expect(decide(number, true)).rejects.toThrow(`'tendance recompute --resume ${number}'`)
    // By the run's id, and by the edition's number.
    await endRun(cli(), how === 'terminated' ? workflowId : String(number), 'nobody wants it')
    expect(said.at(-1)).toBe(`edition ${number}: cancelled (its run is gone): what it had computed is deleted`)
    expect(await views(number)).toEqual([])
    expect(await bench.store.stat(bench.layout.talliesDir('posts', number))).toBeUndefined()
    expect((await edition(number)).changes.at(-1)).toMatchObject({ state: 'cancelled', why: 'nobody wants it' })
    const live = (await bench.views.live.read('posts'))!.edition
    expect(await views(live)).toHaveLength(3)
  },
)

it('two at once: of the second, when the first was published, it is said how to go on, and that works', async () => {
  const request = parseRecompute({ since: FIRST, extractors: 'hashtags@1' })
  const second = await building(request)
  const live = await bench.edition(parseRecompute({ since: HOURS[1], extractors: 'hashtags@1' }))
  await pauseRun(cli(), second.workflowId, false)
  const result = await handleOf(second.workflowId).result()
  expect(result).toMatchObject({
    state: 'held',
    why: expect.stringContaining(
      `'tendance reject ${second.number}' ends it; then recompute again, on top of ${live.edition}`,
    ),
  })
  await decide(second.number, false)
  expect(await bench.edition(request, second.workflowId)).toMatchObject({ state: 'live', parent: live.edition })
})

it('what readers see, what never was, and what is not known is refused', async () => {
  const live = (await bench.views.live.read('posts'))!.edition
  await expect(endRun(cli(), String(live), undefined)).rejects.toThrow(
    `edition ${live} of posts is live: 'tendance rollback'`,
  )
  await expect(endRun(cli(), '99', undefined)).rejects.toThrow('there is no edition 99')
  await expect(endRun(cli(), 'compact', undefined)).rejects.toThrow(/Temporal knows no run compact.*'tendance compact'/)
  await expect(followRun(cli(), 'recompute-of-nobody')).rejects.toThrow('is not known to Temporal')
})
