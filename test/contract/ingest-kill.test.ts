/** The promise of the watched folder with a real worker, a real disk and kill -9: nothing is missing, no file is read twice. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { fetchOffsets, type PartitionOffsets } from '../../kafka/admin.ts'
import { createKafka } from '../../kafka/client.ts'
import { readToEnd } from '../../kafka/read-to-end.ts'
import { silentLogger } from '../../model/log.ts'
import { generate } from '../../model/synthetic/generator.ts'
import { toJsonLine } from '../../model/synthetic/json.ts'
import { stackEnvironment } from '../../stack/addresses.ts'
import { isolatedConfig, services, uniqueName } from '../services.ts'

const FILES = 12
const POSTS_A_FILE = 4_000
const KILLS = 5

let base: string
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'tendance-ingest-kill-'))
})
afterAll(() => rm(base, { recursive: true }))

it('a folder is read once and completely though its worker is killed again and again', async () => {
  const prefix = `${uniqueName('kill')}.`
  const environment = {
    ...stackEnvironment(services()),
    TENDANCE_KAFKA_TOPIC_PREFIX: prefix,
    TENDANCE_INGEST_STATE_DIR: join(base, 'state'),
  }
  const connection = createKafka(isolatedConfig(), 'test', silentLogger)
  const folder = join(base, 'folder')
  const fileOf = await fillFolder(folder)
  const marks: Mark[] = []
  for (let kill = 0; kill < KILLS; kill++) {
    const worker = startWorker(environment, folder)
    // at another point of its work each time: behind the first confirmed batch, the second…
    for (let confirmed = 0; confirmed <= kill; confirmed++) await once(worker.stdout!, 'data')
    worker.kill('SIGKILL')
    await once(worker, 'exit')
    marks.push({
      moved: new Set(await readdir(join(folder, 'done')).catch(() => [])),
      offsets: await fetchOffsets(connection, `${prefix}posts`),
    })
  }
  const [code] = await once(startWorker(environment, folder), 'exit')
  expect(code).toBe(0)
  expect((await readdir(join(folder, 'done'))).length).toBe(FILES)

  const stored = new Set<string>()
  const readAgain: string[] = []
  await readToEnd(connection, {
    topic: `${prefix}posts`,
    groupId: uniqueName('check'),
    from: 'earliest',
    logger: silentLogger,
    signal: new AbortController().signal,
    async take(messages, partition) {
      for (const { key, offset } of messages) {
        const id = String(key)
        stored.add(id)
        const file = fileOf.get(id)!
        const isBehind = ({ moved, offsets }: Mark) => moved.has(file) && offset >= offsets.get(partition)!.high
        if (marks.some(isBehind)) readAgain.push(id)
      }
    },
  })
  expect(stored.size).toBe(FILES * POSTS_A_FILE)
  expect(readAgain).toEqual([])
}, 180_000)

/** When a worker was killed: the files that had moved, and how far the topic was. Nothing of those files may come behind it. */
interface Mark {
  readonly moved: ReadonlySet<string>
  readonly offsets: ReadonlyMap<number, PartitionOffsets>
}

/** Which file each id is in. */
async function fillFolder(folder: string): Promise<ReadonlyMap<string, string>> {
  await mkdir(folder)
  const fileOf = new Map<string, string>()
  for (let file = 0; file < FILES; file++) {
    const name = `part-${String(file).padStart(2, '0')}.jsonl`
    const from = Date.UTC(2026, 10, 16)
    const posts = [...generate({ seed: 100 + file, from, to: from + 3_600_000, posts: POSTS_A_FILE, copies: 0 })]
    for (const { post } of posts) fileOf.set(post.id, name)
    await writeFile(join(folder, name), posts.map(({ post }) => `${toJsonLine(post)}\n`).join(''))
  }
  return fileOf
}

function startWorker(environment: Readonly<Record<string, string>>, folder: string): ChildProcess {
  const script = join(import.meta.dirname, 'ingest-process.ts')
  return spawn(process.execPath, [script, JSON.stringify(environment), folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}
