import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Environment, readEnvironment } from '../../app/environment.ts'
import { AppError } from '../../model/errors.ts'
import {
  end,
  identify,
  identifyNew,
  isAlive,
  launch,
  type ProcessIdentity,
  readPidFile,
} from '../../stack/processes.ts'

let folder: string
let pidFile: string
const started: ProcessIdentity[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tendance-processes-'))
  pidFile = join(folder, 'p.json')
})
afterEach(async () => {
  for (const identity of started.splice(0)) await end(identity, 'SIGKILL', 0)
  rmSync(folder, { recursive: true })
})

function launchNode(script: string): Promise<ProcessIdentity> {
  return launchProgram(process.execPath, ['-e', script])
}

async function launchProgram(
  file: string,
  args: readonly string[],
  environment: Environment = readEnvironment(),
): Promise<ProcessIdentity> {
  const identity = await launch({
    file,
    args,
    environment,
    folder,
    logFile: join(folder, 'p.log'),
    pidFile,
  })
  started.push(identity)
  return identity
}

describe('a launched process', () => {
  it('is found by its pid file while it lives, and no longer when it was killed', async () => {
    const identity = await launchNode('setInterval(() => {}, 1000)')
    expect(readPidFile(pidFile)).toEqual(identity)
    await end(identity, 'SIGKILL', 0)
    expect(readPidFile(pidFile)).toBeUndefined()
  })

  it('is known by its arguments, which come a moment after it', async () => {
    const whole = { pid: 7, started: '1', command: '--port 1' }
    const looks = [{ ...whole, command: 'exiting' }, { ...whole, command: 'exiting' }, whole]
    expect(await identifyNew(() => looks.shift())).toEqual(whole)
    expect(await identifyNew(() => undefined)).toBeUndefined()
  })

  it('gets the environment it is given and writes to its log', async () => {
    const identity = await launchProgram('/usr/bin/env', [], { PASSED: 'on' })
    await untilDead(identity)
    expect(readFileSync(join(folder, 'p.log'), 'utf8')).toBe('PASSED=on\n')
  })

  it('is killed when it does not listen to TERM in time', async () => {
    const identity = await launchNode(
      "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('deaf')",
    )
    await untilLog(/deaf/)
    await end(identity, 'SIGTERM', 100)
    expect(isAlive(identity)).toBe(false)
  })

  it('says so when the program does not exist', async () => {
    const options = { args: [], environment: {}, folder, logFile: join(folder, 'p.log'), pidFile }
    await expect(launch({ ...options, file: join(folder, 'nothing') })).rejects.toThrow(AppError)
  })
})

describe('a pid file', () => {
  it('does not name a process that only has the same pid', () => {
    const ours = identify(process.pid)!
    writeFileSync(pidFile, JSON.stringify(ours))
    expect(readPidFile(pidFile)).toEqual(ours)
    writeFileSync(pidFile, JSON.stringify({ ...ours, started: '1' }))
    expect(readPidFile(pidFile)).toBeUndefined()
    writeFileSync(pidFile, JSON.stringify({ ...ours, command: 'kafka.Kafka' }))
    expect(readPidFile(pidFile)).toBeUndefined()
  })

  it.each(['', '12', '{"pid":1}', '{"pid":-1,"started":"1","command":""}'])(
    'with %j in it names no process',
    (text) => {
      writeFileSync(pidFile, text)
      expect(readPidFile(pidFile)).toBeUndefined()
    },
  )

  it('keeps a process that has another start from being killed', async () => {
    const identity = await launchNode('setInterval(() => {}, 1000)')
    await end({ ...identity, started: '1' }, 'SIGKILL', 0)
    expect(isAlive(identity)).toBe(true)
  })
})

describe('a process that has ended and that nobody has asked about', () => {
  it('is dead, though its pid still answers', async () => {
    // The shell's child ends, and what the shell has become never asks for it.
    const parent = await launchProgram('/bin/sh', ['-c', 'sleep 0 & echo $!; exec sleep 1000'])
    const pid = Number(await untilLog(/\d+\n/))
    await expect.poll(() => identify(pid), { interval: 10, timeout: 10_000 }).toBeUndefined()
    expect(process.kill(pid, 0)).toBe(true)
    await end(parent, 'SIGKILL', 0)
  })

  it('is alive while a thread of it still runs, which can hold its ports', async () => {
    const script = `import ctypes, threading, time
threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
print('going', flush=True)
ctypes.CDLL(None).pthread_exit(None)`
    const identity = await launchProgram('python3', ['-c', script])
    await untilLog(/going/)
    // Elsewhere than on Linux there is no such state to see.
    if (process.platform === 'linux') {
      await expect.poll(() => identify(identity.pid)?.command, { interval: 10, timeout: 10_000 }).toBe('exiting')
    }
    expect(isAlive(identity)).toBe(true)
    await end(identity, 'SIGKILL', 0)
    expect(isAlive(identity)).toBe(false)
  })
})

async function untilDead(identity: ProcessIdentity): Promise<void> {
  await expect.poll(() => isAlive(identity), { interval: 10, timeout: 10_000 }).toBe(false)
}

async function untilLog(pattern: RegExp): Promise<string> {
  const read = () => readFileSync(join(folder, 'p.log'), 'utf8')
  await expect.poll(read, { interval: 10, timeout: 10_000 }).toMatch(pattern)
  return read()
}
