import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { LiveEvent } from '../../../web/contract/live.ts'
import { type Connection, followLive } from '../../../web/page/state/follow-live.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const eventText = (number: number) => `event: live\nid: hub-${number}\ndata: {"at":${number}}\n\n`

/** A server whose connections the test holds in its hands. */
function follow() {
  const connections: { after: string | undefined; send: (text: string) => void; end: () => void }[] = []
  const told: number[] = []
  const states: Connection[] = []
  const network = new EventTarget()
  const stop = new AbortController()
  void followLive({
    async fetch(_path, init) {
      const { signal } = init!
      const { readable: body, writable } = new TransformStream<Uint8Array, Uint8Array>()
      const stream = writable.getWriter()
      const after = (init!.headers as Record<string, string>)['Last-Event-ID']
      const send = (text: string) => void stream.write(new TextEncoder().encode(text)).catch(() => undefined)
      connections.push({ after, send, end: () => void stream.close() })
      signal?.addEventListener('abort', () => void stream.abort(signal.reason))
      return new Response(body)
    },
    network,
    headers: {},
    signal: stop.signal,
    onEvent: ({ at }: LiveEvent) => told.push(at),
    onConnection: (state) => states.push(state),
  })
  return { connections, told, states, network, stop }
}

it('comes back from behind the last event that was whole: one cut in its middle has not come', async () => {
  const { connections, told, states, stop } = follow()
  await vi.advanceTimersByTimeAsync(0)
  connections[0]!.send(`retry: 50\n\n${eventText(1)}${eventText(2).slice(0, -4)}`)
  await vi.advanceTimersByTimeAsync(0)
  connections[0]!.end()
  await vi.advanceTimersByTimeAsync(50)
  connections[1]!.send(`retry: 50\n\n${eventText(2)}`)
  await vi.advanceTimersByTimeAsync(0)
  expect(connections.map(({ after }) => after)).toEqual([undefined, 'hub-1'])
  expect(told).toEqual([1, 2])
  expect(states).toEqual(['open', 'lost', 'open'])
  stop.abort()
})

it('holds a connection that is silent for dead, and comes back', async () => {
  const { connections, states, stop } = follow()
  await vi.advanceTimersByTimeAsync(0)
  connections[0]!.send(eventText(1))
  await vi.advanceTimersByTimeAsync(9_000)
  expect(states).toEqual(['open'])
  await vi.advanceTimersByTimeAsync(1_500)
  expect(states).toEqual(['open', 'lost'])
  await vi.advanceTimersByTimeAsync(2_000)
  expect(connections.map(({ after }) => after)).toEqual([undefined, 'hub-1'])
  stop.abort()
})

it('lets go when the browser goes offline, and is back as soon as it is online', async () => {
  const { connections, states, network, stop } = follow()
  await vi.advanceTimersByTimeAsync(0)
  network.dispatchEvent(new Event('offline'))
  await vi.advanceTimersByTimeAsync(0)
  expect(states).toEqual(['open', 'lost'])
  network.dispatchEvent(new Event('online'))
  await vi.advanceTimersByTimeAsync(0)
  expect(connections).toHaveLength(2)
  expect(states).toEqual(['open', 'lost', 'open'])
  stop.abort()
})
