/**
 * `web.ts WHAT HOURS SECONDS CONNECTIONS`: a server of its own over the views that `fillViews` filled, asked over HTTP by connections
 * that are kept, each asking again as soon as it is answered. WHAT is
 *
 *   hour         the top 10 of an hour, any of those stored
 *   week         the top 10 of 168 hours, proven, the same again and again: as many readers of one page do
 *   week-afresh  40 different ones in turn (another n): each is counted and proven once, and then known
 *   alive        /healthz: what HTTP alone costs
 *
 * Prints JSON: requests a second, milliseconds (median, 99th percentile).
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, get } from 'node:http'
import { join } from 'node:path'
import { readEnvironment } from '../../app/environment.ts'
import { AppError } from '../../model/errors.ts'
import { nextHour } from '../../model/time.ts'
import { hoursOf, WEEK_HOURS } from '../data/fill-views.ts'
import { randomOf } from '../data/random.ts'

const [what = 'hour', hoursText, secondsText, connectionsText] = process.argv.slice(2)
const hours = hoursOf({ hours: Number(hoursText), terms: 0 })
const seconds = Number(secondsText)
const connections = Number(connectionsText)
const WARM_UP_MS = 500
const CLI = join(import.meta.dirname, '..', '..', 'cli', 'main.ts')

const random = randomOf(7)
let asked = 0

function nextPath(): string {
  const week = `/api/v1/top?from=${hours.at(-WEEK_HOURS)}&to=${nextHour(hours.at(-1)!)}`
  asked++
  switch (what) {
    case 'hour':
      return `/api/v1/top?hour=${hours[1 + random.below(hours.length - 1)]}`
    case 'week':
      return week
    case 'week-afresh':
      return `${week}&n=${10 + (asked % 40)}`
    case 'alive':
      return '/healthz'
    default:
      throw new AppError('bad-input', `there is no '${what}'; there are hour, week, week-afresh, alive`)
  }
}

async function startServer() {
  const env = { ...readEnvironment(), TENDANCE_WEB_RATE_PER_MINUTE: '0', TENDANCE_LOG_LEVEL: 'warn' }
  const args = ['--disable-warning=TimeoutNegativeWarning', CLI, 'web', '--port', '0']
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const url = /http:\/\/[\d.]+:\d+/.exec(line.toString())?.[0]
  if (!url) throw new AppError('internal', `the server said '${line}' instead of its address`)
  return { child, url }
}

const agent = new Agent({ keepAlive: true, maxSockets: connections })

/** Milliseconds. */
function ask(url: string): Promise<number> {
  const begun = performance.now()
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      const { statusCode } = response
      response.resume()
      response.on('end', () =>
        statusCode === 200
          ? resolve(performance.now() - begun)
          : reject(new AppError('internal', `${url} answered ${statusCode}`)),
      )
    }).on('error', reject)
  })
}

async function load(base: string, ms: number): Promise<number[]> {
  const took: number[] = []
  const end = performance.now() + ms
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (performance.now() < end) took.push(await ask(`${base}${nextPath()}`))
    }),
  )
  return took
}

const { child, url } = await startServer()
try {
  await load(url, WARM_UP_MS)
  const begun = performance.now()
  const took = await load(url, seconds * 1_000)
  const passed = (performance.now() - begun) / 1_000
  took.sort((a, b) => a - b)
  const at = (share: number) =>
    Math.round(took[Math.min(took.length - 1, Math.floor(share * took.length))]! * 100) / 100
  const p99Ms = at(0.99)
  console.log(
    JSON.stringify({
      seconds: p99Ms / 1_000,
      requestsPerSecond: Math.round(took.length / passed),
      p50Ms: at(0.5),
      p99Ms,
      requests: took.length,
    }),
  )
} finally {
  agent.destroy()
  child.kill('SIGTERM')
  await once(child, 'close')
}
