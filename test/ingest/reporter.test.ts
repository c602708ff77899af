import { describe, expect, it } from 'vitest'
import { type Reports, startReporter } from '../../ingest/reporter.ts'
import type { Logger } from '../../model/log.ts'
import type { SourceStanding, SourceState } from '../../model/source-standing.ts'
import { sourceStanding } from '../views/documents.ts'

/** `put` decides what becomes of a report. */
function reporting(put: (standing: SourceStanding) => Promise<void>, everyMs = 1, lastMs = 10_000) {
  const told: SourceState[] = []
  const logged: string[] = []
  const note = (level: string) => (_: object, message: string) => logged.push(`${level}: ${message}`)
  const logger: Logger = { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') }
  let closed = false
  let state: SourceState = 'running'
  const reports: Reports = {
    async put(report) {
      told.push(report.state)
      await put(report)
    },
    async [Symbol.asyncDispose]() {
      closed = true
    },
  }
  const reporter = startReporter({ read: () => sourceStanding({ state }), reports, everyMs, lastMs, logger })
  const end = () => {
    state = 'ended'
    return reporter.finish()
  }
  return { told, logged, end, isClosed: () => closed }
}

describe('the reporter', () => {
  it('tells at once, again and again, and a last time what became of it', async () => {
    const { told, end, isClosed, logged } = reporting(async () => {})
    await expect.poll(() => told.length).toBeGreaterThan(3)
    await end()
    expect([told.at(-1), isClosed(), logged]).toEqual(['ended', true, []])
    expect(told.filter((state) => state === 'ended')).toHaveLength(1)
  })

  it('of something short tells twice: that it began, and that it ended', async () => {
    const { told, end } = reporting(async () => {}, 60_000)
    await end()
    expect(told).toEqual(['running', 'ended'])
  })

  it('says once that nobody takes its reports, and once that somebody does again', async () => {
    let isAway = true
    const { told, end, logged } = reporting(async () => {
      if (isAway) throw new Error('no answer')
    })
    await expect.poll(() => told.length).toBeGreaterThan(3)
    isAway = false
    const count = told.length
    await expect.poll(() => told.length).toBeGreaterThan(count + 2)
    await end()
    expect(logged.map((line) => line.split(': ')[0])).toEqual(['warn', 'info'])
  })

  it('does not wait at its end for a store that hangs', async () => {
    const { told, end, isClosed } = reporting(() => new Promise(() => {}), 1, 20)
    await end()
    expect([told, isClosed()]).toEqual([['running'], false])
  })
})
