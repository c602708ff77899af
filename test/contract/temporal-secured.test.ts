/** Temporal behind TLS, client certificates and API keys, for clients and workers; and what is said when one of them is wrong. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLogger } from '../../model/log.ts'
import { parseRebuild } from '../../model/requests.ts'
import { connectClient, connectWorker } from '../../temporal/connection.ts'
import { BatchFixture } from '../activities/batch-fixture.ts'
import { knownPosts } from '../activities/lake-of-posts.ts'
import { type Authority, type Certificate, createAuthority } from '../servers/certificates.ts'
import { type Gate, type GateOptions, openGate } from '../servers/temporal-gate.ts'
import { isolatedConfig } from '../services.ts'

const NAME = 'temporal.example.org'
let folder: string
let ours: Authority
let others: Authority
let server: Certificate
let client: Certificate
const behind = isolatedConfig().temporal.address
const open: Gate[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'temporal-secured-'))
  ours = await createAuthority(folder, 'ours')
  others = await createAuthority(folder, 'others')
  server = await ours.sign('server', ['127.0.0.1', NAME])
  // With a name: openssl makes a certificate without extensions version 1, which the worker's library refuses.
  client = await ours.sign('client', ['client.example.org'])
})
afterAll(async () => {
  for (const gate of open) await gate[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

async function gateWith(options: Omit<GateOptions, 'behind'> = {}): Promise<Gate> {
  const gate = await openGate({ behind, ...options })
  open.push(gate)
  return gate
}

type Settings = Readonly<Record<string, string>>

const prefixed = (port: number, settings: Settings) => ({
  TENDANCE_TEMPORAL_ADDRESS: `127.0.0.1:${port}`,
  ...Object.fromEntries(Object.entries(settings).map(([name, value]) => [`TENDANCE_TEMPORAL_${name}`, value])),
})

/** Asks the server something. */
async function tryIt(port: number, settings: Settings = {}): Promise<string> {
  const { temporal } = isolatedConfig(undefined, prefixed(port, settings))
  await using connected = await connectClient(temporal, { patienceMs: 0, logger: silentLogger })
  const { serverVersion } = await connected.connection.workflowService.getSystemInfo({})
  return serverVersion ?? ''
}

const mtls = () => ({ CA_FILE: ours.caFile, CERT_FILE: client.certFile, KEY_FILE: client.keyFile })

describe('what works', () => {
  it('TLS with an authority of its own', async () => {
    const { port } = await gateWith({ certificate: server })
    expect(await tryIt(port, { CA_FILE: ours.caFile })).toMatch(/^\d+\.\d+/)
  })

  it('a certificate for another name than the address, by serverName', async () => {
    const named = await ours.sign('named', [NAME])
    const { port } = await gateWith({ certificate: named })
    expect(await tryIt(port, { CA_FILE: ours.caFile, SERVER_NAME: NAME })).toMatch(/^\d/)
    await expect(tryIt(port, { CA_FILE: ours.caFile })).rejects.toThrow(/is for another name .*temporal\.serverName/)
  })

  it('an API key: with TLS, and without where TLS is said to be off', async () => {
    const plain = await gateWith({ apiKey: 'right' })
    expect(await tryIt(plain.port, { API_KEY: 'right', TLS: 'false' })).toMatch(/^\d/)
    const secured = await gateWith({ apiKey: 'right', certificate: server })
    expect(await tryIt(secured.port, { API_KEY: 'right', CA_FILE: ours.caFile })).toMatch(/^\d/)
    // A worker's connection is another library's.
    const settings = prefixed(secured.port, { API_KEY: 'right', CA_FILE: ours.caFile })
    const worker = await connectWorker(isolatedConfig(undefined, settings).temporal, { patienceMs: 0 })
    expect((await worker.workflowService.getSystemInfo({})).serverVersion).toMatch(/^\d/)
    await worker.close()
  })

  it('mutual TLS: a worker and a client do a whole rebuild through the gate', async () => {
    const gate = await gateWith({ certificate: server, clientsOf: ours.caFile })
    const more = prefixed(gate.port, mtls())
    await using bench = await BatchFixture.start({ worker: true, more })
    await bench.posts.append(knownPosts('2026-11-16T07' as never, 300))
    await bench.hourly()
    const result = await bench.edition(parseRebuild({ extractors: 'hashtags@2' }))
    expect(result).toMatchObject({ state: 'live', done: { hours: 1 } })
    await bench.expectRight(result.edition, '2026-11-16T07' as never, 'hashtags@2')
    expect(gate.forwarded()).toBeGreaterThan(1)
  })
})

describe('what is wrong is said as the other side says it, and nobody is told to start the stack', () => {
  const told = async (port: number, settings: Settings = {}) => {
    const error: unknown = await tryIt(port, settings).catch((reason: unknown) => reason)
    const { code, message } = error as { readonly code: string; readonly message: string }
    expect(message).not.toContain('stack up')
    return { code, message }
  }

  it('an authority that is not trusted', async () => {
    const { port } = await gateWith({ certificate: server })
    for (const settings of [{ TLS: 'true' }, { CA_FILE: others.caFile }]) {
      expect(await told(port, settings)).toMatchObject({
        code: 'denied',
        message: expect.stringMatching(/authority that is not trusted .*temporal\.caFile/),
      })
    }
  })

  it('a client certificate that is missing, or of another authority', async () => {
    const { port } = await gateWith({ certificate: server, clientsOf: ours.caFile })
    const stranger = await others.sign('stranger')
    for (const own of [{}, { CERT_FILE: stranger.certFile, KEY_FILE: stranger.keyFile }]) {
      const { message } = await told(port, { CA_FILE: ours.caFile, ...own })
      expect(message).toMatch(/client certificate/)
    }
    expect(await tryIt(port, mtls())).toMatch(/^\d/)
  })

  it('an API key that is wrong or missing', async () => {
    const { port } = await gateWith({ apiKey: 'right' })
    for (const settings of [{ API_KEY: 'wrong', TLS: 'false' }, {}]) {
      const { message } = await told(port, settings)
      expect(message).toMatch(/refuses our credentials \(.*unauthorized.*\): temporal\.apiKey/)
      expect(message).not.toContain('wrong or missing (wrong')
    }
  })

  it('TLS where there is none, and none where there is', async () => {
    const secured = await gateWith({ certificate: server })
    expect((await told(secured.port)).message).toMatch(/speaks TLS|closes the connection/)
    const plain = await gateWith()
    expect((await told(plain.port, { TLS: 'true' })).message).toContain('does not speak TLS there')
  })

  it('an HTTP server, and another service, behind the port', async () => {
    const http = createHttpServer((_, response) => response.end('hello'))
    const greeter = createTcpServer((socket) => socket.on('error', () => {}).end('220 mail.example.org ESMTP\r\n'))
    for (const [listener, expected] of [
      [http, "an HTTP/1 server answers there ('HTTP/1.1 400 Bad Request')"],
      [greeter, 'another service answers there (it begins with "220 mail.example.org ESMTP")'],
    ] as const) {
      await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
      expect((await told((listener.address() as AddressInfo).port)).message).toContain(expected)
      listener.close()
    }
  })

  it('settings that contradict each other, or name no PEM file', async () => {
    const notPem = join(folder, 'not.pem')
    writeFileSync(notPem, 'hello')
    expect((await told(1, { CERT_FILE: client.certFile })).message).toContain('without temporal.keyFile')
    expect((await told(1, { CA_FILE: ours.caFile, TLS: 'false' })).message).toContain('but temporal.tls is false')
    expect((await told(1, { CA_FILE: notPem })).message).toContain('which is not PEM')
    expect((await told(1, { CA_FILE: '/nowhere' })).message).toContain('cannot be read')
  })
})

it('the twin: where nothing listens, it is said that the stack may not run', async () => {
  await expect(tryIt(1)).rejects.toThrow(/nothing listens there.*'tendance stack up'/)
})
