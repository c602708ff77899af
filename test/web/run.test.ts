import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { silentLogger } from '../../model/log.ts'
import { runWeb } from '../../web/run.ts'
import { testConfig } from '../test-settings.ts'

/** Nothing answers at port 1. */
const NOBODY = {
  TENDANCE_MONGO_URI: 'mongodb://127.0.0.1:1/?directConnection=true',
  TENDANCE_KAFKA_BROKERS: '127.0.0.1:1',
  TENDANCE_TEMPORAL_ADDRESS: '127.0.0.1:1',
  TENDANCE_LAKE_URL: 'http://127.0.0.1:1',
}

function start(settings: Readonly<Record<string, string>> = {}) {
  const stopping = new AbortController()
  const listening = Promise.withResolvers<string>()
  const ended = runWeb({
    config: testConfig({ ...NOBODY, TENDANCE_WEB_PORT: '0', ...settings }),
    logger: silentLogger,
    signal: stopping.signal,
    onListening: listening.resolve,
    pageDir: '/nowhere',
  })
  return { listening: listening.promise, stop: () => stopping.abort(), ended }
}

describe('the server', () => {
  it('answers whatever is down, and ends when it is told to, with readers who listen', async () => {
    const { listening, stop, ended } = start()
    const address = await listening
    expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(await (await fetch(`${address}/healthz`)).json()).toEqual({ ok: true })
    const live = await fetch(`${address}/api/v1/live`)
    const reader = live.body!.getReader()
    expect(new TextDecoder().decode((await reader.read()).value)).toContain('retry:')
    stop()
    while (!(await reader.read()).done);
    await ended
    await expect(fetch(`${address}/healthz`)).rejects.toThrow()
  })

  it('says that somebody else has its port', async () => {
    const other = createServer()
    other.listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    await expect(start({ TENDANCE_WEB_PORT: String(port) }).ended).rejects.toMatchObject({
      code: 'bad-config',
      message: expect.stringContaining('choose another port'),
    })
    other.close()
  })

  it('does not listen beyond this machine without a token', async () => {
    await expect(start({ TENDANCE_WEB_HOST: '0.0.0.0' }).ended).rejects.toMatchObject({ code: 'bad-config' })
  })
})
