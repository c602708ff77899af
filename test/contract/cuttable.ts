/** A way to a server that can be cut and mended: what a reader sees when the server is gone and back, without harming it for others. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, createServer, type Server, type Socket } from 'node:net'

export interface Cuttable extends AsyncDisposable {
  /** `127.0.0.1:12345`: stands for the server's own address. */
  readonly address: string
  /** Connections end, and new ones are refused. */
  cut(): Promise<void>
  mend(): Promise<void>
}

export async function cuttable(host: string, port: number): Promise<Cuttable> {
  const sockets = new Set<Socket>()
  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
  }
  const open = async (own: number): Promise<Server> => {
    const server = createServer((near) => {
      const far = connect(port, host)
      keep(near)
      keep(far)
      near.pipe(far).pipe(near)
      near.on('close', () => far.destroy())
      far.on('close', () => near.destroy())
    })
    server.listen(own, '127.0.0.1')
    await once(server, 'listening')
    return server
  }
  let server: Server | undefined = await open(0)
  const own = (server.address() as AddressInfo).port
  const cut = async () => {
    const closed = server ? once(server, 'close') : undefined
    server?.close()
    server = undefined
    for (const socket of sockets) socket.destroy()
    await closed
  }
  return {
    address: `127.0.0.1:${own}`,
    cut,
    async mend() {
      server ??= await open(own)
    },
    [Symbol.asyncDispose]: cut,
  }
}
