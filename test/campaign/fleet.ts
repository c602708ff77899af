/**
 * Everything that can die in a campaign, and how: two workers of each kind, ingest, and the services; killed with -9, or frozen
 * (SIGSTOP) for longer than Kafka's session and then let go on, as a machine that swaps or a long pause of a virtual machine does.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Config } from '../../app/config.ts'
import type { SyntheticOptions } from '../../model/synthetic/plan.ts'
import type { Random } from '../../model/synthetic/random.ts'
import type { ProcessName } from '../../stack/names.ts'
import type { Stack } from '../../stack/stack.ts'
import type { WorkerName } from '../../stack/workers.ts'
import { Deployment, syntheticArgs } from '../e2e/deployment.ts'

export type Death = 'killed' | 'frozen'

export interface Kill {
  readonly target: string
  readonly death: Death
  /** ISO 8601, UTC. */
  readonly at: string
}

const WORKERS: readonly WorkerName[] = ['archive', 'speed', 'batch']
const SERVICES: readonly ProcessName[] = ['kafka-1', 'hdfs-namenode', 'hdfs-datanode-1', 'mongodb', 'temporal']
/** A member that is silent for ten seconds is put out of its group. */
const FREEZE_WORKER_MS = 13_000
const FREEZE_SERVICE_MS = 4_000
const FROZEN_SHARE = 0.25

export class Fleet implements AsyncDisposable {
  readonly #stack: Stack
  readonly #random: Random
  readonly #deployments: readonly Deployment[]
  /** Frozen: nobody else may touch it until it goes on. */
  readonly #busy = new Set<string>()
  readonly #thawing: Promise<void>[] = []
  #ingest:
    | { readonly play: SyntheticOptions; readonly rate: number; running: ReturnType<Deployment['spawn']> }
    | undefined
  readonly kills: Kill[] = []

  constructor(stack: Stack, config: Config, random: Random) {
    this.#stack = stack
    this.#random = random
    this.#deployments = [new Deployment(config), new Deployment(config)]
  }

  get first(): Deployment {
    return this.#deployments[0]!
  }

  async start(): Promise<void> {
    await Promise.all(this.#deployments.map((deployment) => deployment.start(WORKERS)))
  }

  /** Plays synthetic posts by `tendance ingest`; when it is killed it is started again with the same arguments. */
  play(play: SyntheticOptions, rate: number): void {
    this.#ingest = { play, rate, running: this.first.spawn(...syntheticArgs(play), '--rate', `${rate}`) }
  }

  /** Resolves when ingest has played to its end. */
  async played(): Promise<void> {
    for (;;) {
      const { code, stderr } = await this.#ingest!.running.ran
      if (code === 0) return
      await delay(1_000)
      if (code !== null) process.stderr.write(`ingest ended with ${code}: ${stderr.slice(-300)}\n`)
      this.#respawn()
    }
  }

  get isPlaying(): boolean {
    const child = this.#ingest?.running.child
    return child !== undefined && child.exitCode === null && child.signalCode === null
  }

  /** One death, of what the campaign's part is about, and back to life. */
  async strike(part: 'live' | 'batch'): Promise<void> {
    const candidates = this.#candidates(part).filter((target) => !this.#busy.has(target))
    const target = candidates[this.#random.below(candidates.length)]!
    const death: Death = target !== 'ingest' && this.#random.unit() < FROZEN_SHARE ? 'frozen' : 'killed'
    this.kills.push({ target, death, at: new Date().toISOString() })
    await (death === 'killed' ? this.#kill(target) : this.#freeze(target))
  }

  /** All that were frozen go on, and whatever has ended runs again. */
  async settle(): Promise<void> {
    await Promise.all(this.#thawing)
    await this.revive()
  }

  async revive(): Promise<void> {
    for (const deployment of this.#deployments) await deployment.revive(WORKERS)
  }

  async stopWorkers(): Promise<void> {
    for (const deployment of this.#deployments) await deployment.stop(WORKERS)
  }

  #candidates(part: 'live' | 'batch'): readonly string[] {
    const workers = part === 'live' ? ['archive', 'speed'] : ['batch', 'batch', 'archive']
    const services = part === 'live' ? SERVICES.filter((name) => name !== 'temporal') : SERVICES
    // Workers are struck more often than services: a service needs seconds until it is back.
    const twice = [0, 1].flatMap((number) => workers.map((name) => `${name}-${number}`))
    return [...twice, ...twice, ...services, ...(this.isPlaying ? ['ingest', 'ingest'] : [])]
  }

  async #kill(target: string): Promise<void> {
    if (target === 'ingest') {
      this.#ingest!.running.child.kill('SIGKILL')
      await this.#ingest!.running.ran
      this.#respawn()
      return
    }
    const service = SERVICES.find((name) => name === target)
    if (service) {
      await this.#stack.service(service).kill()
      await this.#stack.service(service).start()
    } else {
      const { deployment, name } = this.#workerOf(target)
      await deployment.kill(name)
    }
    await this.revive()
  }

  async #freeze(target: string): Promise<void> {
    const service = SERVICES.find((name) => name === target)
    const pid = service ? this.#stack.service(service).pid() : this.#pidOf(target)
    if (pid === undefined) return
    process.kill(pid, 'SIGSTOP')
    this.#busy.add(target)
    const thaw = delay(service ? FREEZE_SERVICE_MS : FREEZE_WORKER_MS).then(() => {
      try {
        process.kill(pid, 'SIGCONT')
      } catch {
        // It was killed while it was frozen.
      }
      this.#busy.delete(target)
    })
    this.#thawing.push(thaw)
    // While a service stands still, nothing else is struck: two at once would often be the same as one.
    if (service) await thaw
  }

  #workerOf(target: string): { readonly deployment: Deployment; readonly name: WorkerName } {
    const [name, number] = target.split('-')
    return { deployment: this.#deployments[Number(number)]!, name: name as WorkerName }
  }

  #pidOf(target: string): number | undefined {
    const { deployment, name } = this.#workerOf(target)
    return deployment.pidOf(name)
  }

  #respawn(): void {
    const { play, rate } = this.#ingest!
    this.#ingest!.running = this.first.spawn(...syntheticArgs(play), '--rate', `${rate}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#thawing)
    this.#ingest?.running.child.kill('SIGKILL')
    for (const deployment of this.#deployments) await deployment[Symbol.asyncDispose]()
  }
}
