import { describe, expect, it } from 'vitest'
import type { Job } from '../../../lake/scan/messages.ts'
import { ThreadPool } from '../../../lake/scan/thread-pool.ts'
import { silentLogger } from '../../../model/log.ts'

const job: Job = {
  kind: 'count',
  stream: 'posts',
  extractor: 'hashtags@2',
  termLengthMax: 128,
  files: [{ path: '/x.avro', partition: 0, bytes: 1 }],
  name: undefined,
}

function poolOf(main: URL, user: string) {
  return new ThreadPool({
    size: 1,
    heapMbMax: 64,
    settings: { lake: { url: 'file:///none', user } },
    logger: silentLogger,
    main,
  })
}
const endingMain = new URL('./ending-thread.ts', import.meta.url)
const countingMain = new URL('../../../lake/scan/counter-thread.ts', import.meta.url)

describe('a pool of counting threads', () => {
  it.each([
    ['throws', /ended \(this thread was made to fail\) while it did counting 1 files \(\/x\.avro/],
    ['leaves', /ended \(exit code 3\)/],
  ])('fails the jobs of a thread that %s, and gives the next job to another thread', async (user, message) => {
    await using pool = poolOf(endingMain, user)
    for (let attempt = 0; attempt < 3; attempt++) {
      await expect(pool.run(job)).rejects.toMatchObject({ retry: 'later', message: expect.stringMatching(message) })
    }
  })

  it('keeps a thread whose job failed in the ordinary way', async () => {
    await using pool = poolOf(countingMain, 'nobody')
    await expect(pool.run(job)).rejects.toMatchObject({ code: 'not-found', retry: 'never' })
    await expect(pool.run(job)).rejects.toMatchObject({ code: 'not-found' })
    expect(pool.idle).toBe(1)
  })

  it('can be started before there is work, and does not wait for a thread that is stopped', async () => {
    await using pool = poolOf(countingMain, 'nobody')
    await pool.start()
    expect(pool.idle).toBe(1)
    await expect(pool.run(job)).rejects.toMatchObject({ code: 'not-found' })
    const stopped = poolOf(countingMain, 'nobody')
    const starting = stopped.start()
    await stopped[Symbol.asyncDispose]()
    await starting
  })

  it('refuses jobs when it has been stopped, and those that were waiting', async () => {
    const pool = poolOf(countingMain, 'nobody')
    const waiting = Promise.allSettled(Array.from({ length: 5 }, () => pool.run(job)))
    await pool[Symbol.asyncDispose]()
    for (const one of await waiting) expect(one).toMatchObject({ status: 'rejected', reason: { code: 'cancelled' } })
    await expect(pool.run(job)).rejects.toMatchObject({ code: 'cancelled' })
  })
})
