/** Ports and connections on the loopback, for what benches and tests start themselves. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

const HOST = '127.0.0.1'
const AGAIN_MS = 100

/** A port that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, HOST)
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}

/** Connects as soon as somebody listens. @throws what the last try threw, after `patienceMs` */
export async function connectWhenOpen(port: number, patienceMs: number): Promise<Socket> {
  for (const deadline = performance.now() + patienceMs; ; await delay(AGAIN_MS)) {
    const socket = connect(port, HOST)
    try {
      await once(socket, 'connect')
      return socket
    } catch (error) {
      if (performance.now() > deadline) throw error
    }
  }
}
