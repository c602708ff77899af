/**
 * What the page knows of sources, with `tendance ingest` in processes of its own and a web server that shares nothing with them but
 * MongoDB: held against what was sent, while it is sent, when MongoDB is away, and after a kill -9.
 */
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { connectWhenOpen, freePort } from '../../bench/machine/sockets.ts'
import { createKafka } from '../../kafka/client.ts'
import { readToEnd } from '../../kafka/read-to-end.ts'
import { silentLogger } from '../../model/log.ts'
import { openViews } from '../../views/views.ts'
import type { SourcesResponse } from '../../web/contract/pipeline.ts'
import { routes } from '../../web/contract/routes.ts'
import { createServer } from '../../web/server/server.ts'
import { openServices, type Services } from '../../web/services.ts'
import { type Cuttable, cuttable } from '../contract/cuttable.ts'
import { isolatedConfig, services as stackServices, uniqueName } from '../services.ts'
import { Deployment } from './deployment.ts'

const PATIENCE = { timeout: 60_000, interval: 200 }
const RATE = 200
/** Of so many lines one is no post. */
const RUBBISH_EVERY = 20

let way: Cuttable
let deployment: Deployment
let services: Services
let server: FastifyInstance

beforeAll(async () => {
  const { mongodb } = stackServices()
  const [, host, port] = /\/\/([^:/]+):(\d+)/.exec(mongodb)!
  way = await cuttable(host!, Number(port))
  const direct = isolatedConfig(undefined, { TENDANCE_INGEST_STATE_DIR: '/nowhere', TENDANCE_WEB_RATE_PER_MINUTE: '0' })
  const uri = mongodb.replace(`${host}:${port}`, way.address)
  deployment = new Deployment({ ...direct, mongo: { ...direct.mongo, uri } })
  services = openServices(direct, silentLogger, Date.now)
  server = await createServer({ services, pageDir: '/nowhere', version: '0' })
})

afterAll(async () => {
  await server?.close()
  await services?.[Symbol.asyncDispose]()
  await deployment?.[Symbol.asyncDispose]()
  await way?.[Symbol.asyncDispose]()
  await using views = await openViews({ ...services.config.mongo, appName: 'test' })
  await views.drop()
})

async function sourceNamed(name: string): Promise<SourcesResponse['sources'][number] | undefined> {
  const body = (await server.inject('/api/v1/sources')).json()
  expect(routes.sources.response.parse(body)).toEqual(body)
  return (body as SourcesResponse).sources.find((source) => source.name === name)
}

const lineOf = (id: string) => `${JSON.stringify({ id, created_at: Date.now() - 1_000, text: '#news' })}\n`

/** How often each of these ids is in Kafka. */
async function timesInKafka(prefix: string): Promise<ReadonlyMap<string, number>> {
  const times = new Map<string, number>()
  await readToEnd(createKafka(services.config, 'test', silentLogger), {
    topic: `${services.config.kafka.topicPrefix}posts`,
    groupId: uniqueName('check'),
    from: 'earliest',
    logger: silentLogger,
    signal: new AbortController().signal,
    async take(messages) {
      for (const { key } of messages) {
        const id = String(key)
        if (id.startsWith(prefix)) times.set(id, (times.get(id) ?? 0) + 1)
      }
    },
  })
  return times
}

/** Lines at a rate that does not depend on how busy this process is: what is late is sent with the next ones. */
function sender(socket: Socket) {
  const startedAt = performance.now()
  const posts: string[] = []
  let lines = 0
  let rubbish = 0
  const timer = setInterval(() => {
    for (; lines < ((performance.now() - startedAt) * RATE) / 1_000; lines++) {
      if (lines % RUBBISH_EVERY === 0) {
        rubbish++
        socket.write('rubbish\n')
      } else {
        posts.push(`socket:${lines}`)
        socket.write(lineOf(posts.at(-1)!))
      }
    }
  }, 20)
  return {
    posts,
    /** Answers what was sent in all. */
    stop() {
      clearInterval(timer)
      return { records: lines, deadLetters: rubbish }
    },
  }
}

it('a socket: its rate, what was sent through a store that goes and comes back, and that it is silent when it was killed', async () => {
  const port = await freePort()
  const name = `socket:127.0.0.1:${port}`
  const { child, ran } = deployment.spawn('ingest', '--socket', `127.0.0.1:${port}`)
  const socket = await connectWhenOpen(port, PATIENCE.timeout)
  const sending = sender(socket)
  try {
    const rate = async () => (await sourceNamed(name))?.rate ?? 0
    await expect.poll(async () => Math.abs((await rate()) - RATE) < RATE / 4, PATIENCE).toBe(true)
    expect(await sourceNamed(name)).toMatchObject({ state: 'running', host: hostname(), pid: child.pid })

    await way.cut()
    await expect.poll(async () => (await sourceNamed(name))?.state, PATIENCE).toBe('silent')
    const silent = (await sourceNamed(name))!
    expect(silent.rate).toBeNull()
    const before = sending.posts.length
    await expect.poll(() => sending.posts.length, PATIENCE).toBeGreaterThan(before + RATE)
    const sent = sending.stop()
    expect(silent.records).toBeLessThan(sent.records)
    const isThere = async () => [...(await timesInKafka('socket:')).keys()].length
    await expect.poll(isThere, { ...PATIENCE, interval: 1_000 }).toBe(sending.posts.length)
    const times = await timesInKafka('socket:')
    expect([...times.values()].every((count) => count === 1)).toBe(true)
    expect(new Set(times.keys())).toEqual(new Set(sending.posts))

    await way.mend()
    await expect.poll(() => sourceNamed(name), PATIENCE).toMatchObject({ state: 'running', rate: 0, ...sent })
    const again = (await sourceNamed(name))!.reportedAt
    await expect.poll(async () => (await sourceNamed(name))?.reportedAt, PATIENCE).toBeGreaterThan(again)

    child.kill('SIGKILL')
    const { stderr } = await ran
    const goneAt = Date.now()
    await expect.poll(() => sourceNamed(name), PATIENCE).toMatchObject({ state: 'silent', rate: null, ...sent })
    const { reportedAt } = (await sourceNamed(name))!
    expect(reportedAt).toBeGreaterThan(again)
    expect(reportedAt).toBeLessThanOrEqual(goneAt)
    expect(stderr.match(/cannot be reported/g)).toHaveLength(1)
    expect(stderr.match(/is reported again/g)).toHaveLength(1)
  } finally {
    sending.stop()
    socket.destroy()
    child.kill('SIGKILL')
  }
}, 240_000)

it('a file: where it ended, and how much of it was rubbish', async () => {
  const path = join(deployment.folder, 'posts.jsonl')
  const lines = Array.from({ length: 1_000 }, (_, i) => (i % 50 === 7 ? 'rubbish\n' : lineOf(`file:${i}`)))
  await writeFile(path, lines.join(''))
  const startedAt = Date.now()
  await deployment.run('ingest', '--file', path)
  const ended = { state: 'ended', records: 1_000, deadLetters: 20, rate: null, host: hostname() }
  await expect.poll(() => sourceNamed(`file:${path}`), PATIENCE).toMatchObject(ended)
  const found = (await sourceNamed(`file:${path}`))!
  expect(JSON.parse(found.position)).toMatchObject({ lines: 1_000, bytes: Buffer.byteLength(lines.join('')) })
  for (const at of [found.startedAt, found.movedAt, found.reportedAt]) {
    expect(at).toBeGreaterThanOrEqual(startedAt)
    expect(at).toBeLessThanOrEqual(Date.now())
  }
}, 120_000)

it('a worker that was stopped, and one that could not go on', async () => {
  const port = await freePort()
  const name = `socket:127.0.0.1:${port}`
  const listen = () => deployment.spawn('ingest', '--socket', `127.0.0.1:${port}`)
  const { child, ran } = listen()
  const socket = await connectWhenOpen(port, PATIENCE.timeout)
  child.kill('SIGTERM')
  await ran
  socket.destroy()
  await expect.poll(() => sourceNamed(name), PATIENCE).toMatchObject({ state: 'stopped', pid: child.pid })
  const taken = createTcpServer().listen(port, '127.0.0.1')
  await once(taken, 'listening')
  const second = listen()
  expect((await second.ran).code).not.toBe(0)
  taken.close()
  await expect.poll(() => sourceNamed(name), PATIENCE).toMatchObject({ state: 'failed', pid: second.child.pid })
}, 120_000)

it.each(['refuses', 'says nothing'] as const)(
  'a file while MongoDB %s: all of it is in Kafka once, and the command ends well',
  async (how) => {
    const prefix = `${uniqueName('away')}:`
    const taken = createTcpServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const port = how === 'says nothing' ? (taken.address() as AddressInfo).port : await freePort()
    const mongo = { ...deployment.config.mongo, uri: `mongodb://127.0.0.1:${port}/?directConnection=true` }
    await using alone = new Deployment({ ...deployment.config, mongo })
    const path = join(alone.folder, 'away.jsonl')
    const ids = Array.from({ length: 1_000 }, (_, i) => `${prefix}${i}`)
    await writeFile(path, ids.map(lineOf).join(''))
    try {
      const { code, stderr } = await alone.spawn('ingest', '--file', path).ran
      expect([code, stderr.match(/cannot be reported/g)?.length]).toEqual([0, 1])
      const times = await timesInKafka(prefix)
      expect([times.size, [...times.values()].every((count) => count === 1)]).toEqual([ids.length, true])
      expect(await sourceNamed(`file:${path}`)).toBeUndefined()
    } finally {
      taken.close()
    }
  },
  120_000,
)
