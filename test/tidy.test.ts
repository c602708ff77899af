/** What words would not enforce: the import table, where the environment and clocks may be read, what no file may hold. */
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { findBadImports, IMPORT_TABLE } from './tidy/import-rules.ts'
import { importsOf, readProject, roomOf, type SourceFile } from './tidy/source-file.ts'
import { findBadName, findBannedText, findLongFile, TEXT_RULES } from './tidy/text-rules.ts'

const project = readProject(fileURLToPath(new URL('../', import.meta.url)))
const file = (path: string, text: string): SourceFile => ({ path, text })

describe('every file of the project', () => {
  it('is looked at', () => {
    const rooms = new Set(project.map(({ path }) => roomOf(path)))
    for (const room of ['model', 'app', 'stack', 'test', 'README.md']) expect(rooms).toContain(room)
  })

  it('imports only what the import table allows', () => {
    expect(project.flatMap(findBadImports)).toEqual([])
  })

  it('holds nothing that is banned', () => {
    expect(project.flatMap(findBannedText)).toEqual([])
  })

  it('is short enough, and named in kebab-case', () => {
    expect(project.flatMap((each) => [...findLongFile(each), ...findBadName(each)])).toEqual([])
  })
})

describe('the import table', () => {
  const bad: readonly (readonly [string, string])[] = [
    ['model/a.ts', "import { x } from '../lake/b.ts'"],
    ['model/a.ts', "import type { X } from '../app/config.ts'"],
    ['model/a.ts', "import { readFile } from 'node:fs/promises'"],
    ['model/a.ts', "import { z } from 'zod'"],
    ['model/terms/a.ts', "export { x } from '../../views/b.ts'"],
    ['lake/a.ts', "import { x } from '../views/b.ts'"],
    ['lake/deep/a.ts', "import type { X } from '../../speed/b.ts'"],
    ['views/a.ts', "import { loadConfig } from '../app/config.ts'"],
    ['views/a.ts', "const x = await import('../kafka/b.ts')"],
    ['speed/a.ts', "import {\n  x,\n  y,\n} from '../views/b.ts'"],
    ['speed/a.ts', "import { Kafka } from 'kafkajs'"],
    ['lake/a.ts', "import { MongoClient } from 'mongodb'"],
    ['workflows/a.ts', "import { createActivities } from '../activities/index.ts'"],
    ['workflows/a.ts', "import { type Activities } from '../activities/index.ts'"],
    ['workflows/a.ts', "import { connect } from '../temporal/connection.ts'"],
    ['activities/a.ts', "import { run } from '../workers/batch.ts'"],
    ['workers/a.ts', "import { main } from '../cli/main.ts'"],
    ['cli/a.ts', "import '../test/services.ts'"],
    ['newroom/a.ts', "import { x } from '../model/time.ts'"],
    ['web/page/a.tsx', "import { API } from '../contract/common.ts'"],
    ['web/page/views/a.tsx', "import type { Services } from '../../services.ts'"],
    ['web/page/a.ts', "import { readFile } from 'node:fs/promises'"],
    ['web/page/a.tsx', "import { z } from 'zod'"],
  ]
  it.each(bad)('refuses in %s: %s', (path, text) => {
    expect(findBadImports(file(path, text))).toHaveLength(1)
  })

  const good: readonly (readonly [string, string])[] = [
    ['lake/a.ts', "import { hourOf } from '../model/time.ts'"],
    ['views/a.ts', "import type { Config } from '../app/config.ts'"],
    ['workflows/a.ts', "import type { Activities } from '../activities/index.ts'"],
    ['workflows/a.ts', "import { TASK_QUEUE } from '../temporal/names.ts'"],
    ['workers/a.ts', "import { x } from '../lake/b.ts'\nimport { y } from '../views/b.ts'"],
    [
      'web/page/views/a.tsx',
      "import type { Answer } from '../../contract/top.ts'\nimport { hourOf } from '../../../model/time.ts'",
    ],
    ['model/a.ts', "import { x } from './b.ts'\n// import { x } from '../lake/b.ts'"],
  ]
  it.each(good)('allows in %s: %s', (path, text) => {
    expect(importsOf(file(path, text)).length).toBeGreaterThan(0)
    expect(findBadImports(file(path, text))).toEqual([])
  })

  it('lets no room import a room that imports it', () => {
    const wired = ['workers', 'cli', 'web', 'bench', 'test']
    for (const [room, { values }] of Object.entries(IMPORT_TABLE)) {
      const backwards = values.filter((other) => IMPORT_TABLE[other]?.values.includes(room))
      if (!wired.includes(room)) expect({ room, backwards }).toEqual({ room, backwards: [] })
    }
  })
})

describe('the rules on text', () => {
  const examples: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
    'the environment is read in app/ alone': [
      ['lake/a.ts', 'const home = process.env.HOME'],
      ['stack/a.ts', "import { env } from 'node:process'"],
    ],
    'no clock in model/ and workflows/': [
      ['model/a.ts', 'const now = Date.now()'],
      ['workflows/a.ts', 'const now = new Date()'],
      ['model/a.ts', 'const began = performance.now()'],
    ],
    'no randomness in model/ and workflows/': [['model/a.ts', 'const n = Math.random()']],
    'no test is switched off, and none runs alone': [
      ['test/a.test.ts', "it.skip('works', () => {})"],
      ['test/a.test.ts', "describe.only('all', () => {})"],
    ],
    'no name of a package registry': [['.npmrc', 'registry=https://registry.npmjs.org/']],
    "no path of somebody's machine": [
      ['docs/a.md', 'look at `/root/notes.txt`'],
      ['test/a.ts', "const data = '/home/ann/posts.jsonl'"],
    ],
  }
  it.each(TEXT_RULES)('$name: it finds what it bans, and names what to write instead', ({ name, instead }) => {
    const own = examples[name] ?? []
    expect(own.length).toBeGreaterThan(0)
    for (const [path, text] of own) expect(findBannedText(file(path, text)).join()).toContain(instead)
  })

  it('leaves alone what is allowed', () => {
    expect(findBannedText(file('app/config.ts', 'const env = process.env'))).toEqual([])
    expect(findBannedText(file('model/time.ts', 'const date = new Date(ms).toISOString()'))).toEqual([])
    expect(findBannedText(file('lake/a.ts', ' * not from process.env, see app/'))).toEqual([])
    expect(findBannedText(file('lake/a.ts', "const path = '/tendance/posts/work/x'"))).toEqual([])
  })

  it('finds long files, and names that say nothing', () => {
    expect(findLongFile(file('lake/a.ts', 'x\n'.repeat(401)))).toHaveLength(1)
    expect(findLongFile(file('lake/a.ts', 'x\n'.repeat(400)))).toEqual([])
    expect(findBadName(file('lake/utils.ts', ''))).toHaveLength(1)
    expect(findBadName(file('lake/WebHdfs.ts', ''))).toHaveLength(1)
    expect(findBadName(file('lake/webhdfs-store.ts', ''))).toEqual([])
  })
})
