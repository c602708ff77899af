/** What a process says that it waits for, with a clock of the test's own. */
import { describe, expect, it } from 'vitest'
import { createWaits } from '../../app/waits.ts'
import { AppError } from '../../model/errors.ts'
import type { Logger } from '../../model/log.ts'

const WRITE = { service: 'HDFS', address: 'http://nn:9870', operation: 'CREATE', on: '/t/x' }
const READ = { ...WRITE, operation: 'OPEN' }
const away = new AppError('unavailable', 'SafeModeException: Name node is in safe mode')

function setUp() {
  let at = 0
  const lines: string[] = []
  const waits = createWaits(() => at)
  const say = (_facts: object, message: string) => void lines.push(message)
  const logger: Logger = { debug() {}, info: say, warn: say, error: say }
  const fail = (what = WRITE) => waits.attempt(what, () => Promise.reject(away)).catch(() => {})
  const succeed = (what = WRITE) => waits.attempt(what, async () => 'done')
  /** Second after second, as the process does. */
  const pass = async (seconds: number, each: () => Promise<unknown> = async () => {}) => {
    for (let i = 0; i < seconds; i++) {
      at += 1_000
      await each()
      waits.tell(logger)
    }
  }
  return { waits, lines, fail, succeed, pass }
}

describe('what waits', () => {
  it('is told once after ten seconds, in the words of the other side, and once when it is over', async () => {
    const { lines, fail, succeed, pass, waits } = setUp()
    await fail()
    await pass(9, fail)
    expect(lines).toEqual([])
    await pass(60, fail)
    expect(lines).toEqual([
      'waiting for HDFS at http://nn:9870 for 10 s (CREATE /t/x): SafeModeException: Name node is in safe mode',
    ])
    expect(waits.read()).toMatchObject([{ service: 'HDFS', waitedMs: 69_000, lastError: away.message }])
    await pass(1, succeed)
    await pass(20)
    expect(lines.slice(1)).toEqual(['no longer waiting for HDFS at http://nn:9870, after 70 s'])
    expect(waits.read()).toEqual([])
  })

  it('is not hidden by reads that succeed while writes fail', async () => {
    const { waits, fail, succeed, pass } = setUp()
    await pass(12, async () => {
      await fail()
      await succeed(READ)
    })
    expect(waits.read()).toMatchObject([{ doing: 'CREATE /t/x' }])
  })

  it('is silent about hiccups, and about what a service refuses for good', async () => {
    const { lines, waits, fail, succeed, pass } = setUp()
    let i = 0
    await pass(99, () => (++i % 9 === 0 ? succeed() : fail()))
    await pass(100, () => waits.attempt(READ, () => Promise.reject(new AppError('denied', 'no'))).catch(() => {}))
    expect(lines).toEqual([])
  })

  it('is also what has not answered at all, and is one line for all operations of a service', async () => {
    const { lines, waits, pass } = setUp()
    const answer = Promise.withResolvers<void>()
    const hanging = Promise.all([WRITE, READ].map((what) => waits.attempt(what, () => answer.promise)))
    await pass(30)
    expect(lines).toEqual(['waiting for HDFS at http://nn:9870 for 10 s (CREATE /t/x): no answer yet'])
    answer.resolve()
    await hanging
    await pass(1)
    expect(lines).toHaveLength(2)
  })

  it('ends when nobody tries any more', async () => {
    const { lines, waits, fail, pass } = setUp()
    await pass(12, () => fail())
    await pass(31)
    expect(waits.read()).toEqual([])
    expect(lines).toHaveLength(2)
  })
})
