/**
 * `live.ts SECONDS RATE`: how long a post takes from its arrival at ingest's socket to its count in what the page shows: through
 * ingest, Kafka, live counting and the server's events, a process each. RATE posts a second, a few each 20 ms.
 *
 * An event says how many posts the last 60 minutes have, so post number n is on the page with the first event of n or more.
 *
 * Prints JSON: milliseconds (median, 99th percentile) over all posts, and how many posts the last event had.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { readEnvironment } from '../../app/environment.ts'
import { AppError } from '../../model/errors.ts'
import type { LiveEvent } from '../../web/contract/live.ts'
import { connectWhenOpen, freePort } from '../machine/sockets.ts'
import type { WorkerReport } from './pipeline-worker.ts'

const [seconds = 30, rate = 1_000] = process.argv.slice(2).map(Number)
const TICK_MS = 20
const PATIENCE_MS = 30_000
const TAGS = 500
const CLI = join(import.meta.dirname, '..', '..', 'cli', 'main.ts')
const FLAGS = ['--disable-warning=ExperimentalWarning', '--disable-warning=TimeoutNegativeWarning']
const children: ChildProcess[] = []

function start(...args: readonly string[]): ChildProcess {
  const env = { ...readEnvironment(), TENDANCE_WEB_RATE_PER_MINUTE: '0' }
  const child = spawn(process.execPath, [...FLAGS, CLI, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  return child
}

async function startServer(): Promise<string> {
  const [line] = (await once(start('web', '--port', '0').stdout!, 'data')) as [Buffer]
  const url = /http:\/\/[\d.]+:\d+/.exec(line.toString())?.[0]
  if (!url) throw new AppError('internal', `the server said '${line}' instead of its address`)
  return url
}

async function startSpeed(): Promise<void> {
  const child = fork(join(import.meta.dirname, 'pipeline-worker.ts'), ['speed'], { execArgv: [...FLAGS] })
  children.push(child)
  for (;;) {
    const [report] = (await once(child, 'message')) as [WorkerReport]
    if (report.ready) return
  }
}

/** To ingest's socket, when it listens. */
async function connectToIngest() {
  const port = await freePort()
  start('ingest', '--socket', `127.0.0.1:${port}`)
  return connectWhenOpen(port, PATIENCE_MS)
}

interface Sent {
  /** Posts sent in all, these among them. */
  readonly upTo: number
  readonly posts: number
  readonly at: number
}

/** Posts that are not on the page yet, oldest first, and the milliseconds of those that are. */
const waiting: Sent[] = []
const took: { readonly ms: number; readonly posts: number }[] = []
let shown = 0

function show(event: LiveEvent): void {
  const now = performance.now()
  shown = event.sliding.records
  for (let next = waiting[0]; next && next.upTo <= shown; next = waiting[0]) {
    took.push({ ms: now - next.at, posts: next.posts })
    waiting.shift()
  }
}

async function listen(url: string): Promise<void> {
  const { body } = await fetch(`${url}/api/v1/live`)
  for await (const line of createInterface({ input: Readable.fromWeb(body as never) })) {
    if (line.startsWith('data: ')) show(JSON.parse(line.slice('data: '.length)) as LiveEvent)
  }
}

/** The time within which this share of all posts was shown. */
function percentile(share: number): number {
  const all = took.reduce((sum, { posts }) => sum + posts, 0)
  let posts = 0
  for (const one of took.toSorted((a, b) => a.ms - b.ms)) {
    posts += one.posts
    if (posts >= all * share) return Math.round(one.ms)
  }
  return 0
}

const url = await startServer()
const socket = await connectToIngest()
await startSpeed()
void listen(url).catch(() => {})
let sent = 0
const startedAt = performance.now()
while (performance.now() - startedAt < seconds * 1_000) {
  const posts = Math.round(((performance.now() - startedAt) / 1_000) * rate) - sent
  if (posts > 0) {
    const at = new Date().toISOString()
    const lines = Array.from({ length: posts }, (_, i) => {
      const number = sent + i
      return `{"id":"live:${number}","created_at":"${at}","text":"post ${number} #tag${(number * number) % TAGS}"}\n`
    })
    sent += posts
    waiting.push({ upTo: sent, posts, at: performance.now() })
    socket.write(lines.join(''))
  }
  await delay(TICK_MS)
}
for (const deadline = performance.now() + PATIENCE_MS; waiting.length > 0 && performance.now() < deadline; ) {
  await delay(TICK_MS)
}
socket.destroy()
for (const child of children) child.kill()
console.log(
  JSON.stringify({ seconds: percentile(0.99) / 1_000, p50Ms: percentile(0.5), p99Ms: percentile(0.99), sent, shown }),
)
process.exit()
