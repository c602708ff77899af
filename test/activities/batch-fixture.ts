/** Everything a test of batch work needs, on one lake and database of its own. */
import { expect } from 'vitest'
import type { Config } from '../../app/config.ts'
import type { FileStore } from '../../lake/file-store.ts'
import { createLake, type Lake } from '../../lake/lake.ts'
import { type Layout, layoutAt } from '../../lake/layout.ts'
import { openStore } from '../../lake/open-store.ts'
import { createTallies } from '../../lake/tallies.ts'
import { silentLogger } from '../../model/log.ts'
import type { Clock, HourId } from '../../model/time.ts'
import type { StackAddresses } from '../../stack/addresses.ts'
import { connectClient, type TemporalClient } from '../../temporal/connection.ts'
import { startCleanup, startEdition, startHourly } from '../../temporal/start.ts'
import { openViews, type Views } from '../../views/views.ts'
import { runBatchWorker } from '../../workers/batch.ts'
import type { EditionResult } from '../../workflows/edition.ts'
import type { HourlyResult } from '../../workflows/hourly.ts'
import { isolatedConfig, uniqueName } from '../services.ts'
import { LakeOfPosts, type Rule } from './lake-of-posts.ts'

export const key = { stream: 'posts', board: 'hashtags' } as const

export interface FixtureOptions {
  readonly addresses?: StackAddresses
  /** Further configuration. */
  readonly more?: Readonly<Record<string, string>>
  /** A worker in this process; without it somebody else works. */
  readonly worker: boolean
  /** Of the worker's machine. */
  readonly clock?: Clock
}

export class BatchFixture implements AsyncDisposable {
  readonly config: Config
  readonly store: FileStore
  readonly layout: Layout
  readonly lake: Lake
  readonly posts: LakeOfPosts
  readonly views: Views & AsyncDisposable
  readonly temporal: TemporalClient
  /** Records that Kafka has beyond those in the lake, in partition 0. */
  beyond = 0
  readonly #stop = new AbortController()
  #worker: Promise<void> = Promise.resolve()

  private constructor(config: Config, views: Views & AsyncDisposable, temporal: TemporalClient) {
    this.config = config
    this.store = openStore(config.lake)
    this.views = views
    this.temporal = temporal
    this.layout = layoutAt(config.lake.root)
    this.lake = createLake({ store: this.store, layout: this.layout }, 'test')
    this.posts = new LakeOfPosts({ store: this.store, layout: this.layout })
  }

  static async start({ addresses, more, worker, clock }: FixtureOptions): Promise<BatchFixture> {
    const config = isolatedConfig(addresses, {
      TENDANCE_BATCH_EXTRACTORS: 'hashtags@1',
      TENDANCE_BATCH_THREADS: '2',
      TENDANCE_LAKE_COMMIT_AGE_MS: '0',
      ...more,
    })
    const fixture = new BatchFixture(
      config,
      await openViews({ ...config.mongo, appName: 'test' }),
      await connectClient(config.temporal, { patienceMs: 20_000 }),
    )
    if (worker) await fixture.#work(clock)
    return fixture
  }

  async #work(clock?: Clock): Promise<void> {
    const ready = Promise.withResolvers<void>()
    this.#worker = runBatchWorker({
      config: this.config,
      logger: silentLogger,
      signal: this.#stop.signal,
      onReady: ready.resolve,
      ...(clock ? { clock } : {}),
      highWatermarks: async () => {
        const marks = new Map(this.posts.highWatermarks())
        return marks.set(0, (marks.get(0) ?? 0) + this.beyond)
      },
    })
    await Promise.race([ready.promise, this.#worker])
  }

  optionsOf(workflowId: string) {
    return { taskQueue: this.config.temporal.taskQueue, workflowId }
  }

  async hourly(): Promise<HourlyResult> {
    const handle = await startHourly(this.temporal.client, this.optionsOf(uniqueName('hourly')))
    const [result] = (await handle.result()) as readonly HourlyResult[]
    return result!
  }

  async edition(
    request: Parameters<typeof startEdition>[1],
    workflowId = uniqueName('edition'),
  ): Promise<EditionResult> {
    const handle = await startEdition(this.temporal.client, request, this.optionsOf(workflowId))
    return (await handle.result()) as EditionResult
  }

  async cleanup(dryRun: boolean) {
    const handle = await startCleanup(this.temporal.client, dryRun, this.optionsOf(uniqueName('cleanup')))
    const [result] = await handle.result()
    return result!
  }

  /** The view of the hour says exactly what a plain count says, and so does the full tally it names. */
  async expectRight(edition: number, hour: HourId, rule: Rule): Promise<void> {
    const truth = this.posts.truth(hour, rule)
    const [view] = await this.views.batch.get({ ...key, edition, hours: [hour] })
    expect(view, `view of ${hour} in edition ${edition}`).toBeDefined()
    expect(view).toMatchObject({ records: truth.records, copies: truth.copies, extractor: rule, origin: 'batch' })
    expect(Object.fromEntries(view!.keys.map((term, i) => [term, view!.counts[i]]))).toEqual(truth.counts)
    const tallies = createTallies({ store: this.store, layout: this.layout, writer: 'test' })
    const tally = await tallies.open({ path: view!.tallyPath, floor: 0 } as Parameters<typeof tallies.open>[0])
    expect(tally.facts).toMatchObject({ digest: view!.digest, records: truth.records, distinct: view!.distinct })
    expect((await this.lake.listHour('posts', hour)).digest).toBe(view!.digest)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#worker
    await this.views.drop()
    await this.views[Symbol.asyncDispose]()
    await this.temporal[Symbol.asyncDispose]()
    await this.store.delete(this.config.lake.root, { recursive: true })
    await this.store[Symbol.asyncDispose]()
  }
}
