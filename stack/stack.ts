/**
 * The real services on one machine: starts, stops and watches the processes of a data folder.
 *
 * Invariant: what runs is found by the pid files of the folder alone, so any Stack opened on the folder, in any process, at any
 * time, sees and controls the same services. A Stack holds no state of its own.
 */
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Environment } from '../app/environment.ts'
import { AppError, isAppError, messageOf } from '../model/errors.ts'
import { type StackAddresses, stackAddresses } from './addresses.ts'
import { exclusively } from './exclusive.ts'
import { rotateLog, tailLog } from './logs.ts'
import type { ProcessName, ServiceName } from './names.ts'
import { type Ports, portsOf, requireFreePorts } from './ports.ts'
import { end, launch, type ProcessIdentity, readPidFile, removePidFile } from './processes.ts'
import { type AskedShape, readShape, resolveShape, type StackShape, writeShape } from './remembered.ts'
import { type Reporter, silentReporter } from './reporter.ts'
import { mongodbUri } from './services/mongodb.ts'
import { planProcesses } from './services/plan.ts'
import { dataFolder, logFile, type ProcessSpec, pidFile, type SpecContext } from './services/process-spec.ts'

const READY_MS = 180_000
const POLL_MS = 100
const STOP_MS = 10_000

/** What is not said is as the data folder was made, or as DEFAULT_SHAPE. */
export interface StackOptions extends AskedShape {
  readonly dataDir: string
  readonly cacheDir: string
  readonly environment: Environment
  /** Somebody's own MongoDB: used, never started or stopped. */
  readonly mongodbUri?: string | undefined
  readonly reporter?: Reporter
  readonly signal?: AbortSignal
}

export type ProcessState = 'up' | 'starting' | 'down'

export interface ProcessStatus {
  readonly name: ProcessName
  readonly state: ProcessState
  readonly pid: number | undefined
  readonly address: string
  /** What a starting process waits for; empty otherwise. */
  readonly detail: string
}

/** Opens the folder's stack and brings it up. @throws AppError naming each process that did not come up, and why. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const stack = new Stack(options)
  await stack.up()
  return stack
}

export class Stack implements AsyncDisposable {
  readonly dataDir: string
  readonly shape: StackShape
  readonly addresses: StackAddresses
  /** Somebody's own MongoDB, when it is used; undefined: the stack's. */
  readonly theirMongodb: string | undefined
  readonly #context: SpecContext
  readonly #specs: readonly ProcessSpec[]
  readonly #signal: AbortSignal | undefined
  readonly #wanted: readonly ServiceName[]
  readonly #oldOffset: number | undefined

  /** Starts nothing. @throws AppError `bad-input` or `conflict` when the folder's data cannot have this shape. */
  constructor(options: StackOptions) {
    this.dataDir = resolve(options.dataDir)
    const { services, portOffset, brokers, datanodes, heapMb } = options
    const remembered = readShape(this.dataDir)
    this.shape = resolveShape({ services, portOffset, brokers, datanodes, heapMb }, remembered)
    this.#wanted = services ?? this.shape.services
    this.#oldOffset = remembered?.portOffset
    this.#signal = options.signal
    const ports = portsOf(this.shape.portOffset)
    this.theirMongodb = isOwnMongodb(this, ports, options.mongodbUri) ? undefined : options.mongodbUri
    this.#context = {
      dataDir: this.dataDir,
      cacheDir: resolve(options.cacheDir),
      environment: options.environment,
      reporter: options.reporter ?? silentReporter,
      ports,
      size: this.shape,
      mongodbUri: this.theirMongodb,
      heapMb: this.shape.heapMb,
      isRunning: (name) => readPidFile(pidFile(this, name)) !== undefined,
    }
    this.#specs = planProcesses(this.#context, this.shape.services)
    this.addresses = stackAddresses(ports, this.shape, this.theirMongodb)
  }

  get processNames(): readonly ProcessName[] {
    return this.#specs.map((spec) => spec.name)
  }

  /** Starts what does not run, all at once, and waits until everything is ready. Doing it again does nothing. */
  async up(): Promise<void> {
    await this.#alone(async () => {
      this.#refuseToMove()
      const wanted = this.#specs.filter((spec) => this.#wanted.includes(spec.service))
      const missing = wanted.filter((spec) => !this.#context.isRunning(spec.name))
      await requireFreePorts(missing.flatMap((spec) => spec.ports))
      writeShape(this.dataDir, this.shape)
      // The first that fails ends the waiting of the others: a DataNode would wait for a dead NameNode to the end.
      const errors: unknown[] = []
      const givenUp = new AbortController()
      const starting = wanted.map((spec) =>
        this.#start(spec, givenUp.signal).catch((error: unknown) => {
          if (!givenUp.signal.aborted || isAppError(error)) errors.push(error)
          givenUp.abort()
        }),
      )
      await Promise.all(starting)
      if (errors.length === 1) throw errors[0]
      if (errors.length > 1) {
        throw new AppError('unavailable', errors.map(messageOf).join('\n'), { cause: new AggregateError(errors) })
      }
    })
  }

  /** Stops everything; with `wipe` also deletes the data. */
  async down(options: { readonly wipe?: boolean } = {}): Promise<void> {
    await this.#alone(async () => {
      await Promise.all(this.#specs.map((spec) => this.#stop(spec, 'SIGTERM')))
    })
    if (options.wipe) rmSync(this.dataDir, { recursive: true, force: true })
  }

  async status(): Promise<readonly ProcessStatus[]> {
    return Promise.all(
      this.#specs.map(async (spec) => {
        const running = this.#running(spec)
        const waits = running === undefined ? undefined : await spec.waitsFor()
        return {
          name: spec.name,
          state: running === undefined ? 'down' : waits === undefined ? 'up' : 'starting',
          pid: running?.pid,
          address: spec.address,
          detail: waits === undefined ? '' : `waiting for ${waits}`,
        } as const
      }),
    )
  }

  /** One process, for tests that stop and kill. @throws AppError `bad-input` that lists the names. */
  service(name: ProcessName): StackProcess {
    const spec = this.#specs.find((candidate) => candidate.name === name)
    if (spec === undefined) {
      throw new AppError('bad-input', `no process '${name}' in this stack: there are ${this.processNames.join(', ')}`)
    }
    return {
      name,
      logFile: logFile(this, name),
      pid: () => this.#running(spec)?.pid,
      start: () => this.#start(spec),
      stop: () => this.#stop(spec, 'SIGTERM'),
      kill: () => this.#stop(spec, 'SIGKILL'),
    }
  }

  /** Stops everything and keeps the data. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.down()
  }

  /** @throws AppError `conflict` when processes run on other ports than are asked for now. */
  #refuseToMove(): void {
    const running = this.processNames.filter((name) => this.#context.isRunning(name))
    if (this.#oldOffset === undefined || this.#oldOffset === this.shape.portOffset || running.length === 0) return
    throw new AppError(
      'conflict',
      `${running.join(', ')} run with port offset ${this.#oldOffset}, not ${this.shape.portOffset}: 'stack down' first, or use another --data folder`,
    )
  }

  #running(spec: ProcessSpec): ProcessIdentity | undefined {
    return readPidFile(pidFile(this, spec.name))
  }

  async #start(spec: ProcessSpec, givenUp?: AbortSignal): Promise<void> {
    const { reporter } = this.#context
    const began = performance.now()
    let running = this.#running(spec)
    const wasRunning = running !== undefined
    if (running === undefined) {
      const command = await spec.prepare()
      // Asked again here, because an install may have taken minutes, and because tests start single processes.
      await requireFreePorts(spec.ports)
      for (const folder of [join(this.dataDir, 'logs'), join(this.dataDir, 'run'), dataFolder(this, spec.name)]) {
        mkdirSync(folder, { recursive: true })
      }
      rotateLog(logFile(this, spec.name))
      reporter.progress(spec.name, 'starting', performance.now() - began)
      running = await launch({
        ...command,
        folder: dataFolder(this, spec.name),
        logFile: logFile(this, spec.name),
        pidFile: pidFile(this, spec.name),
      })
    }
    await this.#waitUntilReady(spec, running, began, givenUp)
    await spec.settle?.()
    reporter.progress(spec.name, wasRunning ? 'is up already' : 'up', performance.now() - began)
  }

  async #waitUntilReady(
    spec: ProcessSpec,
    running: ProcessIdentity,
    began: number,
    givenUp?: AbortSignal,
  ): Promise<void> {
    const { reporter } = this.#context
    const startedWaiting = performance.now()
    let told = ''
    for (;;) {
      this.#signal?.throwIfAborted()
      givenUp?.throwIfAborted()
      const waits = await spec.waitsFor()
      if (waits === undefined) return
      const waitedMs = performance.now() - startedWaiting
      if (this.#running(spec)?.pid !== running.pid) throw await this.#failure(spec, 'ended while it started')
      if (waitedMs > READY_MS) throw await this.#failure(spec, `still waits for ${waits} after ${READY_MS / 1_000} s`)
      if (waits !== told) reporter.progress(spec.name, `waiting for ${waits}`, performance.now() - began)
      told = waits
      await delay(POLL_MS)
    }
  }

  async #failure(spec: ProcessSpec, what: string): Promise<AppError> {
    const path = logFile(this, spec.name)
    const lines = await tailLog(path, 15)
    return new AppError('unavailable', `${spec.name} ${what}; the end of '${path}':\n${lines.join('\n')}`, {
      facts: { process: spec.name, log: path },
      retry: 'never',
    })
  }

  async #stop(spec: ProcessSpec, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const running = this.#running(spec)
    const began = performance.now()
    if (running !== undefined) {
      await end(running, signal, STOP_MS)
      this.#context.reporter.progress(spec.name, signal === 'SIGKILL' ? 'killed' : 'stopped', performance.now() - began)
    }
    removePidFile(pidFile(this, spec.name))
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    return exclusively(join(this.dataDir, 'lock'), this.#context.reporter, work)
  }
}

export interface StackProcess {
  readonly name: ProcessName
  readonly logFile: string
  /** undefined while it does not run. */
  pid(): number | undefined
  /** Starts it and waits until it is ready. */
  start(): Promise<void>
  /** Asks it to end, and waits until it has. */
  stop(): Promise<void>
  /** Kill -9, and waits until the process is gone. */
  kill(): Promise<void>
}

/**
 * What `stack up` tells people to export names the stack's own MongoDB: with that in their environment it is still the stack's. Where
 * this folder never had one, somebody else's has the same address.
 */
function isOwnMongodb(place: { readonly dataDir: string }, ports: Ports, uri: string | undefined): boolean {
  return uri === mongodbUri(ports.mongodb.client) && existsSync(dataFolder(place, 'mongodb'))
}
