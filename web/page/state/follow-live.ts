/** The live stream, over connections that are lost: each begins behind the last event that was whole. */
import type { LiveEvent } from '../../contract/live.ts'
import type { ResponseOf, routes } from '../../contract/routes.ts'
import { EventLines } from './event-lines.ts'

export type Connection = 'connecting' | 'open' | 'lost'

const PATH: (typeof routes)['live']['path'] = '/api/v1/live'
const RETRY_MS = 2_000
/** Twice what the server lets pass without an event: the connection is dead, whatever it says. */
const SILENCE_MS = 10_000

interface Followed {
  readonly fetch: typeof fetch
  /** Tells `offline` and `online`. */
  readonly network: EventTarget
  readonly headers: Readonly<Record<string, string>>
  readonly signal: AbortSignal
  readonly onEvent: (event: LiveEvent) => void
  readonly onConnection: (connection: Connection) => void
}

/** Reads the stream until `signal` ends it; comes back by itself, from behind the last event that was whole. */
export async function followLive(followed: Followed): Promise<void> {
  const { signal, network, onConnection } = followed
  const lines = new EventLines()
  while (!signal.aborted) {
    try {
      lines.begin()
      await readOnce(lines, followed)
    } catch {
      // whatever it was: what follows is the same
    }
    if (signal.aborted) return
    onConnection('lost')
    await waitOrOnline(lines.retryMs ?? RETRY_MS, network)
  }
}

async function readOnce(
  lines: EventLines,
  { fetch, network, headers, signal, onEvent, onConnection }: Followed,
): Promise<void> {
  const gone = new AbortController()
  const leave = () => gone.abort()
  let timer = setTimeout(leave, SILENCE_MS)
  // a connection may outlive its network by minutes without a word
  network.addEventListener('offline', leave)
  try {
    const resume = lines.lastId === undefined ? {} : { 'Last-Event-ID': lines.lastId }
    const response = await fetch(PATH, {
      headers: { Accept: 'text/event-stream', ...headers, ...resume },
      signal: AbortSignal.any([signal, gone.signal]),
      cache: 'no-store',
    })
    if (!response.ok || !response.body) throw new Error(`${response.status}`)
    onConnection('open')
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      clearTimeout(timer)
      timer = setTimeout(leave, SILENCE_MS)
      for (const { name, data } of lines.add(value))
        if (name === 'live') onEvent(JSON.parse(data) as ResponseOf<'live'>)
    }
  } finally {
    clearTimeout(timer)
    network.removeEventListener('offline', leave)
  }
}

function waitOrOnline(ms: number, network: EventTarget): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      network.removeEventListener('online', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    network.addEventListener('online', done)
  })
}
