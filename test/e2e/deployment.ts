/**
 * Tendance as people run it, for tests: every worker and command a process of its own, configured by one file; answers through
 * the same code as `tendance top`.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Config } from '../../app/config.ts'
import { type Answers, openAnswers } from '../../cli/answers.ts'
import { createKafka } from '../../kafka/client.ts'
import { fetchHighWatermarks } from '../../kafka/topic-log.ts'
import { readGenerations } from '../../lake/generations.ts'
import { layoutAt } from '../../lake/layout.ts'
import { openStore } from '../../lake/open-store.ts'
import { toLogOffsets } from '../../model/generations.ts'
import { silentLogger } from '../../model/log.ts'
import type { SyntheticOptions } from '../../model/synthetic/plan.ts'
import { compareRank, type TermCount } from '../../model/tally.ts'
import {
  requireWorkers,
  startWorkers,
  stopWorkers,
  WORKER_NAMES,
  type WorkerName,
  type WorkersOptions,
  workerStatus,
} from '../../stack/workers.ts'
import type { Answer } from '../../views/answer.ts'
import { testSettings } from '../test-settings.ts'

const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export class Deployment implements AsyncDisposable {
  readonly config: Config
  readonly folder: string
  readonly #workers: WorkersOptions
  readonly #environment: Record<string, string>

  constructor(config: Config) {
    this.folder = mkdtempSync(join(tmpdir(), 'tendance-e2e-'))
    this.config = { ...config, ingest: { ...config.ingest, stateDir: join(this.folder, 'state') } }
    const file = join(this.folder, 'tendance.json')
    writeFileSync(file, JSON.stringify({ ...this.config, log: { level: 'info' } }))
    const { PATH = '' } = testSettings().environment
    this.#environment = { PATH, TENDANCE_CONFIG: file, NO_COLOR: '1' }
    this.#workers = {
      dataDir: this.folder,
      environment: this.#environment,
      command: [process.execPath, main, 'work'],
      folder: this.folder,
    }
  }

  start(names: readonly WorkerName[] = WORKER_NAMES): Promise<void> {
    return startWorkers(this.#workers, names)
  }

  kill(name: WorkerName): Promise<void> {
    return stopWorkers(this.#workers, [name], 'SIGKILL')
  }

  /** Asks them to end, and waits until they have. */
  stop(names: readonly WorkerName[] = WORKER_NAMES): Promise<void> {
    return stopWorkers(this.#workers, names)
  }

  /** undefined: it does not run. */
  pidOf(name: WorkerName): number | undefined {
    return workerStatus(this.#workers).find((status) => status.name === name)?.pid
  }

  /** Starts again what has ended: what a process manager does. */
  async revive(names: readonly WorkerName[] = WORKER_NAMES): Promise<void> {
    const down = workerStatus(this.#workers).filter(({ name, pid }) => names.includes(name) && pid === undefined)
    await this.start(down.map(({ name }) => name))
  }

  /** Fails with the end of its log when a worker has ended by itself. */
  requireWorkers(): Promise<void> {
    return requireWorkers(this.#workers, WORKER_NAMES)
  }

  /** A command as a process; `child` is given out so that a test can kill it. */
  spawn(...args: readonly string[]): { readonly child: ChildProcess; readonly ran: Promise<Ran> } {
    const child = spawn(process.execPath, [main, ...args], { cwd: this.folder, env: this.#environment })
    const ran = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]).then(
      ([stdout, stderr, [code]]): Ran => ({ code, stdout, stderr }),
    )
    return { child, ran }
  }

  /** A command that must succeed; resolves to what it printed. */
  async run(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.spawn(...args).ran
    if (code !== 0) throw new Error(`tendance ${args.join(' ')} ended with ${code}:\n${stderr}${stdout}`)
    return stdout
  }

  answers(): Promise<Answers> {
    return openAnswers(this.config, Date.now)
  }

  /** The ends of the topic's partitions together, as offsets of the log: holes are counted, and what an earlier topic held. */
  async messages(): Promise<number> {
    const { kafka, lake } = this.config
    const ends = await fetchHighWatermarks(createKafka(this.config, 'test', silentLogger), `${kafka.topicPrefix}posts`)
    await using store = openStore(lake)
    const entry = (await readGenerations({ store, layout: layoutAt(lake.root) }, 'posts')).at(-1)
    const inLog = entry ? toLogOffsets(entry, ends) : ends
    return [...inLog.values()].reduce((sum, end) => sum + end, 0)
  }

  /** Waits until the speed workers have counted everything that is in Kafka, whoever has to be revived for it. */
  async untilCounted(answers: Answers, extractor: string, patienceMs = 120_000): Promise<void> {
    const deadline = Date.now() + patienceMs
    for (;;) {
      const states = await answers.views.speed.states({ stream: 'posts', board: 'hashtags', extractor }).catch(() => [])
      const counted = states.reduce((sum, state) => sum + state.offset, 0)
      const messages = await this.messages()
      if (counted === messages) return
      if (Date.now() > deadline) throw new Error(`speed has counted ${counted} of ${messages} messages`)
      await this.revive()
      await delay(200)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await stopWorkers(this.#workers, WORKER_NAMES, 'SIGKILL')
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** The truth of an hour as rows of an answer. */
export function topOfCounts(
  counts: ReadonlyMap<string, number>,
  n: number,
): readonly Pick<TermCount, 'key' | 'count'>[] {
  return [...counts]
    .map(([key, count]) => ({ key, count }))
    .sort(compareRank)
    .slice(0, n)
}

export function rowsOf(answer: Answer): readonly Pick<TermCount, 'key' | 'count'>[] {
  return answer.rows.map(({ key, count }) => ({ key, count }))
}

export function syntheticArgs(play: SyntheticOptions): readonly string[] {
  const { posts, seed, from, to } = play
  const iso = (ms: number) => new Date(ms).toISOString()
  return ['ingest', '--synthetic', '--posts', `${posts}`, '--seed', `${seed}`, '--from', iso(from), '--to', iso(to)]
}
