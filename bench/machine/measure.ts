/**
 * Runs a command and says what it cost: wall time, CPU and peak memory of its whole tree of processes, CPU of the services that
 * it used, and how busy everything else kept the machine meanwhile. A figure taken on a busy machine is to be repeated.
 */
import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import type { Environment } from '../../app/environment.ts'
import { AppError } from '../../model/errors.ts'
import { machineBusySeconds, type ProcessSample, sampleProcess, sampleProcesses, treesOf } from './proc.ts'

export interface Command {
  readonly file: string
  readonly args: readonly string[]
  readonly environment: Environment
}

export interface Measured {
  readonly wallSeconds: number
  /** Of the command's tree. */
  readonly cpuSeconds: number
  readonly peakRssMb: number
  /** Of the services' processes. */
  readonly servicesCpuSeconds: number
  /** Share of the machine that others used: 0 is a quiet machine. */
  readonly others: number
  /** What the command says of itself: the last line of its output, JSON. */
  readonly info: Readonly<Record<string, unknown>>
}

const SAMPLE_MS = 50
const OUTPUT_TAIL = 4_000

/** @throws AppError `internal` with the end of its output when the command fails or says nothing of itself */
export async function measure(
  command: Command,
  servicePids: readonly number[],
  signal?: AbortSignal,
): Promise<Measured> {
  const cpuOfServices = () => servicePids.reduce((sum, pid) => sum + (sampleProcess(pid)?.cpuSeconds ?? 0), 0)
  const busyBefore = machineBusySeconds()
  const servicesBefore = cpuOfServices()
  const startedAt = performance.now()
  const child = spawn(command.file, command.args, {
    env: { ...command.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(signal && { signal }),
  })
  let output = ''
  let errors = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-OUTPUT_TAIL)
  })
  const ended = new Promise<number | string | null>((resolve) => {
    child.on('error', (error) => resolve(error.message))
    child.on('close', (code, killedBy) => resolve(code ?? killedBy))
  })

  const tree = new TreeWatch(child.pid ?? 0)
  const watching = new AbortController()
  const watch = tree.run(watching.signal)
  const code = await ended
  const wallSeconds = (performance.now() - startedAt) / 1_000
  watching.abort()
  await watch

  const info = lastJson(output)
  if (code !== 0 || !info) {
    throw new AppError('internal', `${command.file} ${command.args.join(' ')} ended with ${code}:\n${errors || output}`)
  }
  const servicesCpuSeconds = cpuOfServices() - servicesBefore
  const busy = machineBusySeconds() - busyBefore
  const foreign = Math.max(0, busy - tree.cpuSeconds - servicesCpuSeconds)
  return {
    wallSeconds: round(wallSeconds),
    cpuSeconds: round(tree.cpuSeconds),
    peakRssMb: Math.round(tree.peakRssBytes / 1e6),
    servicesCpuSeconds: round(servicesCpuSeconds),
    others: round(foreign / wallSeconds / availableParallelism()),
    info,
  }
}

/** Waits until others use less than `share` of the machine for a second, but not for ever. */
export async function waitForQuiet(share: number, patienceMs: number): Promise<void> {
  const givenUpAt = performance.now() + patienceMs
  while (performance.now() < givenUpAt) {
    const before = machineBusySeconds()
    await delay(1_000)
    if ((machineBusySeconds() - before) / availableParallelism() < share) return
  }
}

/** CPU and memory of a tree whose processes come and go: a process that has ended keeps the CPU it was last seen with. */
class TreeWatch {
  readonly #root: number
  readonly #cpu = new Map<number, number>()
  peakRssBytes = 0

  constructor(root: number) {
    this.#root = root
  }

  get cpuSeconds(): number {
    return [...this.#cpu.values()].reduce((sum, seconds) => sum + seconds, 0)
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#see(treesOf(sampleProcesses(), [this.#root]))
      await delay(SAMPLE_MS, undefined, { signal }).catch(() => {})
    }
  }

  #see(processes: readonly ProcessSample[]): void {
    for (const { pid, cpuSeconds } of processes) this.#cpu.set(pid, cpuSeconds)
    const rss = processes.reduce((sum, { rssBytes }) => sum + rssBytes, 0)
    this.peakRssBytes = Math.max(this.peakRssBytes, rss)
  }
}

function lastJson(output: string): Readonly<Record<string, unknown>> | undefined {
  const line = output.trim().split('\n').at(-1) ?? ''
  try {
    return JSON.parse(line) as Record<string, unknown>
  } catch {
    return undefined
  }
}

const round = (value: number) => Math.round(value * 1_000) / 1_000
