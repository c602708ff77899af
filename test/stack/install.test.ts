import { createHash } from 'node:crypto'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runCommand } from '../../stack/install/command.ts'
import { wheelPlatform } from '../../stack/install/embedded-store.ts'
import { parseJarLock, verifyJars } from '../../stack/install/jars.ts'
import { LOCKS } from '../../stack/install/locks.ts'
import { findOnPath, goVersion, javaMajor, requireJava, requireTool } from '../../stack/install/tools.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tendance-install-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
function program(name: string, script: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`)
  chmodSync(join(folder, name), 0o755)
}

describe('jars', () => {
  const lock = `${sha256('a')}  a.jar\n${sha256('b')}  b.jar\n`
  it('that are the pinned ones pass', async () => {
    writeFileSync(join(folder, 'a.jar'), 'a')
    writeFileSync(join(folder, 'b.jar'), 'b')
    await verifyJars(folder, lock)
  })

  it('that differ, are missing or too many are named, all of them', async () => {
    writeFileSync(join(folder, 'a.jar'), 'changed')
    writeFileSync(join(folder, 'c.jar'), 'c')
    const verified = verifyJars(folder, lock)
    await expect(verified).rejects.toMatchObject({ code: 'corrupt' })
    await expect(verified).rejects.toThrow(/a\.jar differs.*c\.jar is not in.*b\.jar was not resolved/)
  })

  it.each(['kafka', 'hdfs'])('of %s are pinned by a lock file that can be read', (name) => {
    const pinned = parseJarLock(readFileSync(join(LOCKS, name, 'jars.sha256'), 'utf8'))
    expect([...pinned.keys()].some((jar) => jar.startsWith(name === 'kafka' ? 'kafka_' : 'hadoop-hdfs-'))).toBe(true)
  })

  it('are not checked against a line that says nothing', () => {
    expect(() => parseJarLock('a.jar')).toThrow("the line 'a.jar'")
  })
})

describe('a tool that is missing', () => {
  it.each(['java', 'mvn', 'go', 'python3'] as const)('%s is named with who needs it and the fix', (name) => {
    expect(() => requireTool({ PATH: folder }, name)).toThrow(
      new RegExp(`'${name}' is not on the PATH and .* needs? it: install`),
    )
  })

  it('is found on the PATH, or for Java in JAVA_HOME', () => {
    program('go', 'true')
    expect(requireTool({ PATH: `/nowhere:${folder}` }, 'go')).toBe(join(folder, 'go'))
    writeFileSync(join(folder, 'mvn'), 'not executable')
    expect(findOnPath({ PATH: folder }, 'mvn')).toBeUndefined()
  })

  it('is refused when it is too old, with the version found', async () => {
    program('java', 'echo \'openjdk version "11.0.2"\' >&2')
    await expect(requireJava({ PATH: folder })).rejects.toThrow(/is Java 11 and Kafka and HDFS need 17/)
    program('java', 'echo \'openjdk version "21.0.1"\' >&2')
    expect(await requireJava({ PATH: folder })).toBe(join(folder, 'java'))
  })

  it('says its version in many ways', () => {
    expect(javaMajor('openjdk version "17.0.15" 2025-04-15')).toBe(17)
    expect(javaMajor('java version "1.8.0_402"')).toBe(8)
    expect(javaMajor('not java')).toBeUndefined()
    expect(goVersion('go version go1.26.8 linux/amd64')).toEqual([1, 26])
    expect(goVersion('gccgo')).toEqual([])
  })
})

describe('a command', () => {
  it('that fails says what it said last', async () => {
    program('tool', 'for i in $(seq 30); do echo line $i; done; exit 3')
    const ran = runCommand(join(folder, 'tool'), [], { environment: { PATH: '/bin:/usr/bin' } })
    await expect(ran).rejects.toThrow(/failed \(3\); its last lines:\nline 16\n[\s\S]*line 30$/)
  })

  it('that takes too long is ended', async () => {
    const ran = runCommand(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { environment: {}, timeoutMs: 100 })
    await expect(ran).rejects.toMatchObject({ code: 'unavailable' })
  })
})

describe('the embedded store', () => {
  it('has builds for the usual machines, and says what to do on others', () => {
    expect(wheelPlatform('linux-x64')).toBe('manylinux_2_28_x86_64')
    expect(() => wheelPlatform('sunos-sparc')).toThrow('set MONGODB_URI')
  })
})
