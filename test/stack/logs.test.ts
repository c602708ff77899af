import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { followLog, rotateLog, tailLog } from '../../stack/logs.ts'

let folder: string
let log: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tendance-logs-'))
  log = join(folder, 'x.log')
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('a log', () => {
  it('is moved aside at each start, and the last three are kept', () => {
    for (const text of ['1', '2', '3', '4', '5']) {
      rotateLog(log)
      writeFileSync(log, text)
    }
    expect(['', '.1', '.2', '.3'].map((end) => readFileSync(log + end, 'utf8'))).toEqual(['5', '4', '3', '2'])
    expect(existsSync(`${log}.4`)).toBe(false)
  })

  it('gives its last lines, and none when it is not there', async () => {
    expect(await tailLog(log, 5)).toEqual([])
    writeFileSync(log, 'a\nb\nc\n')
    expect(await tailLog(log, 2)).toEqual(['b', 'c'])
    expect(await tailLog(log, 0)).toEqual([])
    expect(await tailLog(log, 9)).toEqual(['a', 'b', 'c'])
  })

  it('is followed from its end on, whole lines only, also when a new one takes its place', async () => {
    writeFileSync(log, 'before\n')
    const stop = new AbortController()
    const lines = followLog(log, stop.signal)
    const first = lines.next()
    appendFileSync(log, 'one\ntw')
    expect((await first).value).toBe('one')
    const second = lines.next()
    appendFileSync(log, 'o\n')
    expect((await second).value).toBe('two')
    rotateLog(log)
    writeFileSync(log, 'new\n')
    expect((await lines.next()).value).toBe('new')
    const last = lines.next()
    stop.abort()
    expect((await last).done).toBe(true)
  })
})
