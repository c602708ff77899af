/** What is live: one connection while somebody looks. */
import { useEffect, useState } from 'preact/hooks'
import type { LiveEvent } from '../../contract/live.ts'
import { question } from './api.ts'
import { type Connection, followLive } from './follow-live.ts'
import { useAsked, usePage } from './page-context.ts'

export interface LiveState {
  readonly event: LiveEvent | null
  readonly connection: Connection
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
        fetch: (input, init) => fetch(input, init),
        network: window,
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
