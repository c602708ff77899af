/** What real HDFS does too seldom to wait for: answers that are lost, DataNodes that die, errors of every kind. */
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { RetryPolicy } from '../../lake/retry.ts'
import { WebHdfsStore } from '../../lake/webhdfs/webhdfs-store.ts'
import { AppError } from '../../model/errors.ts'

type Answer =
  | { readonly status: number; readonly json: unknown }
  | { readonly bytes: Buffer; readonly length?: number }
  /** The connection is cut before an answer. */
  | 'cut'

interface Asked {
  readonly method: string
  readonly op: string
  readonly path: string
  readonly query: URLSearchParams
  readonly body: string
}

const PATIENT: RetryPolicy = { firstWaitMs: 1, waitMsMax: 2, totalMs: 15_000 }
const IMPATIENT: RetryPolicy = { firstWaitMs: 1, waitMsMax: 2, totalMs: 20 }
const ok = (json: unknown): Answer => ({ status: 200, json })
const exception = (status: number, name: string, message = 'why'): Answer => ({
  status,
  json: { RemoteException: { exception: name, javaClassName: `org.apache.${name}`, message } },
})
const file = (length: number) => ({ FileStatus: { pathSuffix: '', type: 'FILE', length, modificationTime: 5 } })

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

/** A server that answers as `script` says, and what it was asked. */
async function serverOf(script: (asked: Asked, nth: number) => Answer, retries = PATIENT) {
  const asked: Asked[] = []
  const server = http.createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { pathname, searchParams } = new URL(request.url!, 'http://x')
    const each: Asked = {
      method: request.method!,
      op: searchParams.get('op') ?? '',
      path: decodeURIComponent(pathname.replace('/webhdfs/v1', '')),
      query: searchParams,
      body: Buffer.concat(chunks).toString(),
    }
    asked.push(each)
    const answer = script(each, asked.filter(({ op, path }) => op === each.op && path === each.path).length)
    if (answer === 'cut') {
      response.destroy()
    } else if ('bytes' in answer) {
      response.writeHead(200, { 'content-length': answer.length ?? answer.bytes.length })
      response.write(answer.bytes, () => (answer.length === undefined ? response.end() : response.destroy()))
    } else {
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.json))
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => new Promise((resolve) => server.close(() => resolve()).closeAllConnections()))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const retried: string[] = []
  const store = new WebHdfsStore({
    url,
    user: 'ten dance',
    retries,
    onRetry: (error) => retried.push(error.message),
  })
  closing.push(() => store[Symbol.asyncDispose]())
  return { store, url, asked, retried }
}

async function errorOf(work: Promise<unknown>): Promise<AppError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof AppError) return error
  throw new Error(`expected an AppError, not ${String(error)}`)
}

describe('a rename over WebHDFS whose answer is lost', () => {
  it('was done when the source is gone and the target there', async () => {
    const { store, asked } = await serverOf(({ op, path }, nth) => {
      if (op === 'RENAME') return nth === 1 ? 'cut' : exception(404, 'FileNotFoundException')
      return path === '/to' ? ok(file(3)) : exception(404, 'FileNotFoundException')
    })
    await store.renameNoClobber('/from', '/to')
    expect(asked.filter(({ op }) => op === 'RENAME')).toHaveLength(2)
    expect(asked[0]!.query.get('renameoptions')).toBe('NONE')
  })

  it('was not done when the target is not there: not-found', async () => {
    const { store } = await serverOf(({ op }, nth) =>
      op === 'RENAME' && nth === 1 ? 'cut' : exception(404, 'FileNotFoundException'),
    )
    expect((await errorOf(store.renameNoClobber('/from', '/to'))).code).toBe('not-found')
  })

  it('is no excuse: without a lost answer a missing source is not-found, whatever the target', async () => {
    const { store } = await serverOf(({ op, path }) =>
      op !== 'RENAME' && path === '/to' ? ok(file(3)) : exception(404, 'FileNotFoundException'),
    )
    expect((await errorOf(store.renameNoClobber('/from', '/to'))).code).toBe('not-found')
  })
})

describe('a write over WebHDFS', () => {
  it('that was cut off is not repeated under its name', async () => {
    let base = ''
    const { store, asked, url } = await serverOf(({ op, path }) =>
      op === 'CREATE' ? ok({ Location: `${base}/data${path}?op=DATA` }) : 'cut',
    )
    base = url
    const error = await errorOf(store.create('/file', [Buffer.from('bytes')]))
    expect(error).toMatchObject({ code: 'unavailable', retry: 'later', message: expect.stringMatching(/another name/) })
    expect(asked.map(({ op }) => op)).toEqual(['CREATE', 'DATA'])
  })

  it('goes to another DataNode when the first one refuses the connection', async () => {
    let base = ''
    const { store, asked, url } = await serverOf(({ op, path, query }, nth) => {
      if (op === 'DATA') return ok({})
      // the NameNode takes a while to notice
      const dead = nth <= 3
      expect(query.get('excludedatanodes')).toBe(nth === 1 ? null : '127.0.0.1')
      return ok({ Location: `${dead ? 'http://127.0.0.1:1' : base}/data${path}?op=DATA` })
    })
    base = url
    await store.create('/file', [Buffer.from('by'), Buffer.from('tes')])
    expect(asked.at(-1)).toMatchObject({ method: 'PUT', op: 'DATA', body: 'bytes' })
    expect(asked.filter(({ op }) => op === 'DATA')).toHaveLength(1)
  })
})

describe('a read over WebHDFS', () => {
  it('that ends before its length is repeated', async () => {
    let base = ''
    const bytes = Buffer.from('all the bytes')
    const { store, url, retried } = await serverOf(({ op, path }, nth) => {
      if (op === 'OPEN') return ok({ Location: `${base}/data${path}?op=DATA` })
      return nth === 1 ? { bytes: bytes.subarray(0, 5), length: bytes.length } : { bytes }
    })
    base = url
    expect((await store.read('/file')).equals(bytes)).toBe(true)
    expect(retried).toHaveLength(1)
  })
})

describe('an exception of HDFS', () => {
  it.each([
    ['SafeModeException', 403, 'unavailable', 'later'],
    ['RetriableException', 403, 'unavailable', 'later'],
    ['StandbyException', 403, 'unavailable', 'later'],
    ['AccessControlException', 403, 'denied', 'never'],
    ['DSQuotaExceededException', 403, 'denied', 'never'],
    ['FileAlreadyExistsException', 403, 'exists', 'never'],
    ['SocketException', 403, 'unavailable', 'later'],
    ['PathIsNotEmptyDirectoryException', 403, 'conflict', 'never'],
    ['IOException', 403, 'unavailable', 'later'],
    ['NullPointerException', 500, 'unavailable', 'later'],
    ['IllegalArgumentException', 400, 'internal', 'never'],
  ])('%s (%i) is %s, retried %s', async (name, status, code, retry) => {
    const { store, retried, url } = await serverOf(
      () => exception(status, name, 'the reason\nat org.apache'),
      IMPATIENT,
    )
    const error = await errorOf(store.makeDirs('/dir'))
    expect(error).toMatchObject({ code, retry, facts: { op: 'MKDIRS', path: '/dir', exception: name, status } })
    expect(error.message).toContain(`HDFS at ${url}/webhdfs/v1: MKDIRS /dir: ${name}: the reason`)
    if (retry === 'never') expect(retried).toEqual([])
  })

  it('is missing where no HDFS answers: that is not tried again', async () => {
    const { store, asked } = await serverOf(() => ({ status: 404, json: 'nginx' }))
    expect(await errorOf(store.makeDirs('/dir'))).toMatchObject({
      code: 'internal',
      message: expect.stringMatching(/HTTP 404.*NameNode/),
    })
    expect(asked).toHaveLength(1)
  })

  it('that goes away is waited for', async () => {
    const { store, asked } = await serverOf((_, nth) =>
      nth < 4 ? exception(403, 'SafeModeException') : ok({ boolean: true }),
    )
    await store.makeDirs('/dir with spaces/100%')
    expect(asked).toHaveLength(4)
    expect(asked[0]).toMatchObject({ method: 'PUT', op: 'MKDIRS', path: '/dir with spaces/100%' })
    expect(asked[0]!.query.get('user.name')).toBe('ten dance')
  })
})
