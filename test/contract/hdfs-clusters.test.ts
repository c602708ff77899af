/** HDFS as clusters have it: two NameNodes over https of which one takes over from the other, gateways, small blocks under a quota. */
import { tmpdir } from 'node:os'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openStore, type StoreSettings } from '../../lake/open-store.ts'
import type { RetryPolicy } from '../../lake/retry.ts'
import { openFileReader } from '../../lake/scan/open-file-reader.ts'
import { isAppError } from '../../model/errors.ts'
import { silentLogger } from '../../model/log.ts'
import { createAuthority } from '../servers/certificates.ts'
import { type HdfsCluster, startHdfsCluster } from '../servers/hdfs-cluster.ts'
import { startHdfsGateway } from '../servers/hdfs-gateway.ts'
import { services, uniqueName } from '../services.ts'

const IMPATIENT: RetryPolicy = { firstWaitMs: 20, waitMsMax: 200, totalMs: 300 }
const PATIENT: RetryPolicy = { firstWaitMs: 50, waitMsMax: 500, totalMs: 60_000 }

async function reasonsOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'nothing: it was let in'
  } catch (error) {
    return isAppError(error) ? `${error.code}: ${error.message}` : `not an AppError: ${String(error)}`
  }
}

describe('two NameNodes over https', () => {
  let cluster: HdfsCluster
  beforeAll(async () => {
    cluster = await startHdfsCluster()
  })
  afterAll(() => cluster[Symbol.asyncDispose]())

  const settings = (more: Partial<StoreSettings> = {}): StoreSettings => ({
    url: cluster.nameNodes.join(','),
    user: cluster.superuser,
    caFile: cluster.authority.caFile,
    ...more,
  })

  it('are believed only when the right authority has signed them', async () => {
    await using unknown = openStore(settings({ caFile: undefined }), { retries: IMPATIENT })
    expect(await reasonsOf(unknown.stat('/'))).toMatch(/^unavailable.*(self-signed|unable to)/)
    const other = await createAuthority(tmpdir(), uniqueName('authority'))
    await using wrong = openStore(settings({ caFile: other.caFile }), { retries: IMPATIENT })
    expect(await reasonsOf(wrong.stat('/'))).toMatch(/^unavailable.*(self-signed|unable to)/)
  })

  it('say what a user may not do', async () => {
    await using store = openStore(settings({ user: 'nobody' }), { retries: IMPATIENT })
    expect(await reasonsOf(store.makeDirs('/not-mine'))).toMatch(/^denied.*AccessControlException/)
  })

  it('are asked in turn until the active one answers, and go on serving when it is killed and the other takes over', async () => {
    await using store = openStore(settings(), { retries: PATIENT })
    const reversed = settings({ url: [...cluster.nameNodes].reverse().join(',') })
    await using standbyFirst = openStore(reversed, { retries: PATIENT })
    await using reader = openFileReader(reversed, silentLogger)
    await standbyFirst.create('/lake/before', [Buffer.from('before')])
    await using alone = openStore(settings({ url: cluster.nameNodes[1] }), { retries: IMPATIENT })
    expect(await reasonsOf(alone.stat('/lake/before'))).toMatch(/^unavailable.*StandbyException.*name all of them/)

    await cluster.killFirst()
    const writing = store.create('/lake/after', [Buffer.from('after')])
    const renaming = standbyFirst.renameNoClobber('/lake/before', '/lake/renamed')
    await cluster.makeSecondActive()
    await Promise.all([writing, renaming])
    expect((await store.list('/lake')).map(({ name }) => name)).toEqual(['after', 'renamed'])
    expect((await standbyFirst.read('/lake/renamed')).toString()).toBe('before')
    const bytes = new Uint8Array(5)
    await reader.readInto('/lake/after', 5, bytes)
    expect(Buffer.from(bytes).toString()).toBe('after')
  })
})

describe('a gateway with a path of its own', () => {
  it('serves a lake to who knows the password', async () => {
    await using gateway = await startHdfsGateway(services().webhdfs, 'tendance', 'gate-secret-7')
    const root = `/${uniqueName('gateway')}`
    const settings = { url: gateway.url, user: 'tendance', password: 'gate-secret-7' }
    await using store = openStore(settings, { retries: IMPATIENT })
    const path = `${root}/a b/100% {Location}`
    const bytes = Buffer.from('{"Location": "http://127.0.0.1:1/nowhere"}')
    await store.create(path, [bytes])
    expect((await store.read(path)).equals(bytes)).toBe(true)
    expect((await store.read(path, { offset: 2, length: 8 })).toString()).toBe('Location')
    await store.renameNoClobber(path, `${root}/renamed`)
    expect(await store.stat(`${root}/renamed`)).toMatchObject({ bytes: bytes.length })
    await using reader = openFileReader(settings, silentLogger)
    const target = new Uint8Array(bytes.length)
    await reader.readInto(`${root}/renamed`, bytes.length, target)
    expect(Buffer.from(target).equals(bytes)).toBe(true)
    await store.delete(root, { recursive: true })

    await using wrong = openStore({ ...settings, password: 'not-it-7' }, { retries: IMPATIENT })
    const said = await reasonsOf(wrong.stat('/'))
    expect(said).toMatch(/^denied.*HTTP 401/)
    expect(said).not.toContain('not-it-7')
  })
})

it('a file asks HDFS for blocks of its own size in megabytes, and for as many copies as are set', async () => {
  const root = `/${uniqueName('blocks')}`
  const statusOf = async (path: string) => {
    const answer = await fetch(`${services().webhdfs}/webhdfs/v1${path}?op=GETFILESTATUS`)
    return ((await answer.json()) as { FileStatus: { blockSize: number; replication: number } }).FileStatus
  }
  await using store = openStore({ url: services().webhdfs, user: 'tendance' })
  await store.create(`${root}/small`, [Buffer.from('x')])
  await store.create(`${root}/three`, [Buffer.alloc(2_500_000)])
  expect(await statusOf(`${root}/small`)).toMatchObject({ blockSize: 1_048_576, replication: 1 })
  expect(await statusOf(`${root}/three`)).toMatchObject({ blockSize: 3 * 1_048_576 })
  await using set = openStore({ url: services().webhdfs, user: 'tendance', hdfsBlockBytes: 2_097_152, replication: 2 })
  await set.create(`${root}/set`, [Buffer.from('x')])
  expect(await statusOf(`${root}/set`)).toMatchObject({ blockSize: 2_097_152, replication: 2 })
  await store.delete(root, { recursive: true })
})
