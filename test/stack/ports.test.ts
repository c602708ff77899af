import { createServer, type Server } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { numbers } from '../../stack/names.ts'
import { HOST, holderOf, portsOf, requireFreePorts } from '../../stack/ports.ts'

let server: Server | undefined
afterEach(() => server?.close())

async function takeAnyPort(): Promise<number> {
  server = createServer()
  await new Promise<void>((resolve) => server!.listen(0, HOST, resolve))
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}

function allPorts(offset: number): readonly number[] {
  const ports = portsOf(offset)
  const kafka = numbers(3).flatMap((i) => Object.values(ports.kafka(i)))
  const datanodes = numbers(9).flatMap((i) => Object.values(ports.datanode(i)))
  const { temporal, namenode, mongodb } = ports
  return [...Object.values(temporal), ...Object.values(namenode), ...Object.values(mongodb), ...kafka, ...datanodes]
}

describe('the ports', () => {
  it('are all different in the largest stack', () => {
    expect(new Set(allPorts(0)).size).toBe(allPorts(0).length)
  })

  it('move together by the offset', () => {
    expect(allPorts(200)).toEqual(allPorts(0).map((port) => port + 200))
  })

  it('of the shared and the own stack of a test run never meet', () => {
    const shared = new Set(allPorts(2_000))
    expect(allPorts(7_000).filter((port) => shared.has(port))).toEqual([])
    // the twin: at another distance they do
    expect(allPorts(2_010).filter((port) => shared.has(port))).not.toEqual([])
  })
})

describe('a port in use', () => {
  it('is named with who wants it, who has it, and the fix', async () => {
    const port = await takeAnyPort()
    const asking = requireFreePorts([{ process: 'kafka-1', use: 'clients', port }])
    await expect(asking).rejects.toMatchObject({ code: 'conflict' })
    await expect(asking).rejects.toThrow(new RegExp(`${port} \\(kafka-1, clients\\).*--port-offset`))
    if (process.platform === 'linux') {
      await expect(asking).rejects.toThrow(`is held by pid ${process.pid}`)
      expect(holderOf(port)?.pid).toBe(process.pid)
    }
  })

  it('is free again when its holder has closed it', async () => {
    const port = await takeAnyPort()
    await new Promise((resolve) => server!.close(resolve))
    await requireFreePorts([{ process: 'kafka-1', use: 'clients', port }])
  })
})
