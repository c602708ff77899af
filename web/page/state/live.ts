/** The live stream: one connection while somebody looks, taken up again from the last event after a loss. */
import { useEffect, useState } from 'preact/hooks'
import type { LiveEvent } from '../../contract/live.ts'
import type { ResponseOf, routes } from '../../contract/routes.ts'
import { question } from './api.ts'
import { EventLines } from './event-lines.ts'
import { useAsked, usePage } from './page-context.ts'

export type Connection = 'connecting' | 'open' | 'lost'

export interface LiveState {
  readonly event: LiveEvent | null
  readonly connection: Connection
}

const PATH: (typeof routes)['live']['path'] = '/api/v1/live'
const RETRY_MS = 2_000
/** Twice what the server lets pass without an event: the connection is dead, whatever it says. */
const SILENCE_MS = 10_000

interface Followed {
  readonly headers: Readonly<Record<string, string>>
  readonly signal: AbortSignal
  readonly onEvent: (event: LiveEvent) => void
  readonly onConnection: (connection: Connection) => void
}

/** Reads the stream until `signal` ends it; comes back by itself. */
export async function followLive({ headers, signal, onEvent, onConnection }: Followed): Promise<void> {
  const lines = new EventLines()
  while (!signal.aborted) {
    try {
      await readOnce(lines, { headers, signal, onEvent, onConnection })
    } catch {
      // whatever it was: what follows is the same
    }
    if (signal.aborted) return
    onConnection('lost')
    await new Promise((resolve) => setTimeout(resolve, lines.retryMs ?? RETRY_MS))
  }
}

async function readOnce(lines: EventLines, { headers, signal, onEvent, onConnection }: Followed): Promise<void> {
  const silence = new AbortController()
  let timer = setTimeout(() => silence.abort(), SILENCE_MS)
  try {
    const resume = lines.lastId === undefined ? {} : { 'Last-Event-ID': lines.lastId }
    const response = await fetch(PATH, {
      headers: { Accept: 'text/event-stream', ...headers, ...resume },
      signal: AbortSignal.any([signal, silence.signal]),
      cache: 'no-store',
    })
    if (!response.ok || !response.body) throw new Error(`${response.status}`)
    onConnection('open')
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      clearTimeout(timer)
      timer = setTimeout(() => silence.abort(), SILENCE_MS)
      for (const { name, data } of lines.add(value))
        if (name === 'live') onEvent(JSON.parse(data) as ResponseOf<'live'>)
    }
  } finally {
    clearTimeout(timer)
  }
}

/** The newest event: what the server knew when it made the page, then the stream. A page that nobody sees lets go of it. */
export function useLive(): LiveState & { readonly first: ReturnType<typeof useAsked<'now'>> } {
  const { api, isAlive } = usePage()
  const first = useAsked(question('now'), 3_600_000)
  const [state, setState] = useState<LiveState>({ event: null, connection: 'connecting' })
  useEffect(() => {
    if (!isAlive) return undefined
    let stop = new AbortController()
    const start = () => {
      stop = new AbortController()
      void followLive({
        headers: api.headers,
        signal: stop.signal,
        onEvent: (event) => setState({ event, connection: 'open' }),
        onConnection: (connection) => setState((before) => ({ ...before, connection })),
      })
    }
    const onVisible = () => {
      stop.abort()
      if (document.visibilityState === 'visible') start()
    }
    start()
    document.addEventListener('visibilitychange', onVisible)
    return () => {
      document.removeEventListener('visibilitychange', onVisible)
      stop.abort()
    }
  }, [api, api.token, isAlive])
  return { ...state, event: state.event ?? first?.data ?? null, first }
}
