/**
 * The page on a server of its own with views of its own on the shared store, whose counts are our own arithmetic: two days of hours,
 * one amended, one missing, one with a file set aside, one provisional since it could not be sealed, and the running one. Its clock stands in 2026-11-16 and goes on. The way to the store can be cut.
 */
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { Config } from '../../app/config.ts'
import { deadLetter } from '../../ingest/dead-letter.ts'
import { ensureTopic } from '../../kafka/admin.ts'
import { createKafka } from '../../kafka/client.ts'
import { createSafeProducer } from '../../kafka/producer.ts'
import { AppError } from '../../model/errors.ts'
import { silentLogger } from '../../model/log.ts'
import { deadLetterTopicOf } from '../../model/streams/stream.ts'
import { compareRank } from '../../model/tally.ts'
import { type HourId, hourStart, hoursBetween, slotId } from '../../model/time.ts'
import type { StackAddresses } from '../../stack/addresses.ts'
import type { NewHourDocument } from '../../views/hours.ts'
import { openViews, type Views } from '../../views/views.ts'
import { ensurePage } from '../../web/build-page.ts'
import { createServer } from '../../web/server/server.ts'
import { openServices, type Services } from '../../web/services.ts'
import { type Cuttable, cuttable } from '../contract/cuttable.ts'
import { isolatedConfig, services } from '../services.ts'
import { batchDocument, hourEntry, newEdition, STREAM, sourceStanding, speedDocument } from '../views/documents.ts'

const h = (hour: string) => hour as HourId
/** Half past the running hour. */
export const NOW = Date.parse('2026-11-16T10:30:00Z')
export const RUNNING = h('2026-11-16T10')
export const FIRST = h('2026-11-14T08')
export const MISSING = h('2026-11-16T03')
export const AMENDED = h('2026-11-16T05')
export const PROVISIONAL = h('2026-11-16T09')
/** Why that one could not be sealed. */
export const REFUSED = '/tendance/posts/records/2026/11/16/09/0-0-9.avro is in no commit'
export const QUARANTINED = h('2026-11-14T09')
export const BATCH_HOURS = hoursBetween(FIRST, PROVISIONAL).filter((hour) => hour !== MISSING)
/** The run that builds the third edition. Nobody has it here. */
export const BUILDER = 'recompute-hashtags'
export const TOKEN = '0123456789abcdef-token'

const TERMS = ['news', 'cats', 'rain', 'jazz', 'été', 'football', 'ニュース', 'rust', 'أخبار', 'moon', 'tea', 'chess']

/** Counts of an hour by key: terms that take turns, one that is only there in that hour. */
export function countsOf(hour: HourId): Readonly<Record<string, number>> {
  const n = Math.round(hourStart(hour) / 3_600_000)
  const turns = TERMS.map((term, i) => [term, 40 + 10 * i + ((n * (i + 3) * 7) % (60 + 5 * i))] as const)
  return Object.fromEntries([...turns, [`only${hour.slice(11)}`, 75]])
}

/** The truth of some hours: keys with their sums, greatest first. */
export function topOf(
  hours: readonly HourId[],
  n: number,
): readonly { readonly key: string; readonly count: number }[] {
  const sums = new Map<string, number>()
  for (const hour of hours) {
    for (const [key, count] of Object.entries(countsOf(hour))) sums.set(key, (sums.get(key) ?? 0) + count)
  }
  return [...sums]
    .map(([key, count]) => ({ key, count }))
    .sort(compareRank)
    .slice(0, n)
}

interface PageSiteOptions {
  readonly addresses?: StackAddresses
  /** Nothing was collected yet. */
  readonly isEmpty?: boolean
}

export class PageSite implements AsyncDisposable {
  readonly url: string
  readonly config: Config
  /** Straight to the store, past the way that can be cut. */
  readonly views: Views
  readonly way: Cuttable
  readonly #stack: AsyncDisposableStack
  #version = 0

  private constructor(url: string, config: Config, views: Views, way: Cuttable, stack: AsyncDisposableStack) {
    this.url = url
    this.config = config
    this.views = views
    this.way = way
    this.#stack = stack
  }

  static async start({ addresses = services(), isEmpty = false }: PageSiteOptions = {}): Promise<PageSite> {
    const pageDir = await ensurePage(silentLogger)
    await using stack = new AsyncDisposableStack()
    const { mongodb } = addresses
    const [, host = '', port = ''] = /\/\/([^:/]+):(\d+)/.exec(mongodb)!
    const way = stack.use(await cuttable(host, Number(port)))
    const config: Config = isolatedConfig(addresses, {
      TENDANCE_MONGO_URI: mongodb.replace(`${host}:${port}`, way.address),
      TENDANCE_WEB_TOKEN: TOKEN,
      TENDANCE_WEB_RATE_PER_MINUTE: '0',
      TENDANCE_WEB_PORT: '0',
    })
    const views = stack.use(await openViews({ uri: mongodb, database: config.mongo.database, appName: 'test' }))
    stack.defer(() => views.drop())
    await (isEmpty ? views.ensureIndexes() : fill(views))
    const began = Date.now()
    const opened: Services = stack.use(openServices(config, silentLogger, () => NOW + Date.now() - began))
    const server: FastifyInstance = await createServer({ services: opened, pageDir, version: '0' })
    stack.defer(() => server.close())
    stack.defer(() => way.mend())
    await server.listen({ host: '127.0.0.1', port: 0 })
    const { port: own } = server.server.address() as AddressInfo
    const site = new PageSite(`http://127.0.0.1:${own}`, config, views, way, stack.move())
    if (!isEmpty) await site.count({ news: 5, cats: 3 })
    return site
  }

  /** Live counting writes its slot of this moment anew. */
  async count(counts: Readonly<Record<string, number>>): Promise<void> {
    const at = NOW - 60_000
    const version = ++this.#version
    const slot = slotId(Math.floor(at / 300_000) * 300_000)
    await this.views.speed.put([speedDocument(counts, { slot, offset: 100 * version })])
    await this.views.speed.putState({
      ...{ stream: STREAM, board: 'hashtags', extractor: 'hashtags@2', partition: 0, version, offset: 100 * version },
      ...{ resumeFrom: 0, watermark: at - 120_000, finalTo: at - 120_000, late: 0, worker: 'test', updatedAt: at },
    })
  }

  /** Records of the reasons are put where those go that could not be understood. */
  async addDeadLetters(reasons: readonly string[]): Promise<void> {
    const kafka = createKafka(this.config, 'test', silentLogger)
    const topic = deadLetterTopicOf(this.config.kafka.topicPrefix, STREAM)
    await ensureTopic(kafka, topic, { ...this.config.kafka, partitions: 1 })
    await using producer = await createSafeProducer({ connection: kafka, topic, signal: AbortSignal.timeout(30_000) })
    const messages = reasons.map((reason) =>
      deadLetter({ source: 'file:/a', position: 1, reason: new AppError('bad-record', reason), at: NOW, raw: '{' }),
    )
    await producer.send([{ partition: 0, messages }])
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync()
  }
}

async function fill(views: Views): Promise<void> {
  await views.ensureIndexes()
  await views.editions.create(newEdition({ extractors: { hashtags: 'hashtags@2' }, reason: 'the first edition' }))
  await views.live.publish({ stream: STREAM, edition: 1, expectedVersion: 0, by: 'me', at: 1 })
  await views.editions.create(
    newEdition({ parent: 1, since: h('2026-11-15T00'), state: 'held', reason: 'naive again' }),
  )
  const building = { state: 'building', reason: 'brackets hid tags', workflowId: BUILDER } as const
  await views.editions.create(newEdition({ ...building, parent: 1, since: h('2026-11-15T00') }))
  const hours: NewHourDocument[] = []
  for (const hour of BATCH_HOURS) {
    const amendments = hour === AMENDED ? [{ at: NOW - 3_600_000, records: 12 }] : []
    const quarantined = hour === QUARANTINED ? { files: 1, records: 5 } : undefined
    const facts = { hour, digest: `d-${hour}`, computedAt: NOW, amendments, ...(quarantined ? { quarantined } : {}) }
    await views.batch.put(batchDocument(countsOf(hour), facts))
    // the held edition counts one term more
    if (hour >= '2026-11-15T00') {
      await views.batch.put(batchDocument({ ...countsOf(hour), found: 300 }, { ...facts, edition: 2 }))
    }
    const digests = { digest: `d-${hour}`, wholeDigest: `d-${hour}` }
    const entry = { hour, ...digests, sealedAt: NOW, records: 100, files: 1, amendments }
    hours.push(hourEntry({ ...entry, ...(quarantined ? { quarantined } : {}) }))
  }
  hours.push(hourEntry({ hour: PROVISIONAL, records: 10, files: 1, refused: REFUSED }))
  await views.hours.put(hours)
  const half = slotId(hourStart(PROVISIONAL))
  await views.speed.put([speedDocument(countsOf(PROVISIONAL), { slot: half, closed: true })])
  for (const standing of SOURCES) await views.sources.put(standing)
}

/** One a state, and one that is silent since half a minute. Of the first a report is not expected during the test. */
const SOURCES = [
  ...[sourceStanding({ reportedAt: NOW, rate: 120, records: 4_321, movedAt: NOW, everyMs: 86_400_000 })],
  ...(['ended', 'stopped', 'failed', 'running'] as const).map((state, at) =>
    sourceStanding({
      ...{ name: `file:/inbox/${at}.jsonl`, state, position: '{"bytes":99}', records: 50, deadLetters: at },
      ...{ movedAt: NOW - 60_000, reportedAt: NOW - 30_000 - at },
    }),
  ),
]
