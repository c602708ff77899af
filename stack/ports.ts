/** Every port of the stack, all on the loopback, all shifted by one offset; and who holds a port that should be free. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { AppError } from '../model/errors.ts'

export const HOST = '127.0.0.1'

/** The services' own usual ports; the second broker and DataNode follow ten further up. */
export function portsOf(offset: number) {
  return {
    temporal: { frontend: 7233 + offset, http: 7235 + offset, metrics: 7236 + offset, ui: 8233 + offset },
    kafka: (broker: number) => ({
      client: 9092 + 10 * (broker - 1) + offset,
      controller: 9093 + 10 * (broker - 1) + offset,
    }),
    namenode: { http: 9870 + offset, rpc: 8020 + offset },
    datanode: (node: number) => ({
      http: 9864 + 10 * (node - 1) + offset,
      data: 9866 + 10 * (node - 1) + offset,
      ipc: 9867 + 10 * (node - 1) + offset,
    }),
    mongodb: { client: 27017 + offset },
  } as const
}
export type Ports = ReturnType<typeof portsOf>

export interface PortUse {
  /** Who wants it, and for what: `kafka-1`, `controller`. */
  readonly process: string
  readonly use: string
  readonly port: number
}

/** @throws AppError `conflict` naming every port that is taken, who wants it, who has it, and the fix. */
export async function requireFreePorts(uses: readonly PortUse[]): Promise<void> {
  const taken: string[] = []
  for (const { process, use, port } of uses) {
    if (await isFree(port)) continue
    const holder = holderOf(port)
    taken.push(
      `${port} (${process}, ${use})${holder === undefined ? '' : ` is held by pid ${holder.pid}: ${holder.command}`}`,
    )
  }
  if (taken.length === 0) return
  throw new AppError(
    'conflict',
    `ports in use: ${taken.join('; ')}. Stop what holds them, or move all ports with --port-offset N`,
    { facts: { taken } },
  )
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen({ host: HOST, port, exclusive: true }, () => server.close(() => resolve(true)))
  })
}

/** The process that listens on a port; undefined when the system does not tell (not Linux, another user's process). */
export function holderOf(port: number): { readonly pid: number; readonly command: string } | undefined {
  try {
    const inodes = new Set([...listeningInodes('/proc/net/tcp', port), ...listeningInodes('/proc/net/tcp6', port)])
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      if (!holdsSocket(pid, inodes)) continue
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
      return { pid: Number(pid), command: command.slice(0, 80) }
    }
  } catch {
    // Only a courtesy of the message.
  }
  return undefined
}

/** Lines of /proc/net/tcp: `sl local_address rem_address st … inode`, addresses as HEX:PORT in hex, state 0A is LISTEN. */
function listeningInodes(file: string, port: number): readonly string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0')
  return readFileSync(file, 'utf8')
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(`:${wanted}`) && fields[3] === '0A')
    .map((fields) => fields[9]!)
}

function holdsSocket(pid: string, inodes: ReadonlySet<string>): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => {
      const target = readlinkSync(`/proc/${pid}/fd/${fd}`)
      return target.startsWith('socket:[') && inodes.has(target.slice(8, -1))
    })
  } catch {
    return false
  }
}
