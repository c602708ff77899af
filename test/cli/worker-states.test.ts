/** `tendance workers status`: real processes with pid files, and endpoints that say what they say. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readWorkers } from '../../cli/worker-states.ts'
import { announceEndpoint } from '../../stack/endpoints.ts'
import { identify } from '../../stack/processes.ts'

/** This very process, under the name of a worker. */
function stackFolder(...workers: readonly string[]): string {
  const dataDir = mkdtempSync(join(tmpdir(), 'workers-'))
  mkdirSync(join(dataDir, 'run'))
  for (const worker of workers) {
    writeFileSync(join(dataDir, 'run', `worker-${worker}.json`), JSON.stringify(identify(process.pid)))
  }
  return dataDir
}

async function answering(status: number, body: unknown) {
  const server = createServer((_, response) => response.writeHead(status).end(JSON.stringify(body)))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url, [Symbol.dispose]: () => server.close() }
}

const stateOf = async (dataDir: string) => (await readWorkers({ dataDir })).find(({ worker }) => worker === 'archive')

it('says what is down, and how it is started', async () => {
  expect(await stateOf(stackFolder())).toMatchObject({
    state: 'down',
    pid: null,
    says: expect.stringContaining('workers up'),
  })
})

it('says what runs and tells nothing', async () => {
  expect(await stateOf(stackFolder('archive'))).toMatchObject({ state: 'up', pid: process.pid, endpoint: null })
})

it('says what is ready, and of what is not, only what is missing', async () => {
  const dataDir = stackFolder('archive')
  const conditions = [
    { name: 'partitions', ok: true, says: '0, 1' },
    { name: 'kafka', ok: false, says: 'nobody there' },
  ]
  {
    using endpoint = await answering(503, { ready: false, conditions })
    using _ = announceEndpoint(dataDir, process.pid, endpoint.url)
    expect(await stateOf(dataDir)).toMatchObject({
      state: 'not ready',
      endpoint: endpoint.url,
      says: 'kafka: nobody there',
    })
  }
  using endpoint = await answering(200, { ready: true, conditions: [conditions[0]] })
  using _ = announceEndpoint(dataDir, process.pid, endpoint.url)
  expect(await stateOf(dataDir)).toMatchObject({ state: 'ready', says: 'partitions: 0, 1' })
})

it('says when an endpoint does not answer, or is somebody else', async () => {
  const dataDir = stackFolder('archive')
  using endpoint = await answering(200, { hello: 'world' })
  using _ = announceEndpoint(dataDir, process.pid, endpoint.url)
  expect(await stateOf(dataDir)).toMatchObject({ state: 'not ready' })
})

it('forgets where a process told, when it ends', async () => {
  const dataDir = stackFolder('archive')
  announceEndpoint(dataDir, process.pid, 'http://127.0.0.1:1')[Symbol.dispose]()
  expect(await stateOf(dataDir)).toMatchObject({ state: 'up', endpoint: null })
})
