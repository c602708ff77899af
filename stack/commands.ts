/** `stack up|down|status|logs` as functions: they print through the reporter that they are given, and return the exit code. */
import { stackEnvironment } from './addresses.ts'
import { type InstallTarget, install } from './install/targets.ts'
import { followLog, tailLog } from './logs.ts'
import type { ProcessName } from './names.ts'
import type { Reporter } from './reporter.ts'
import { type ProcessStatus, Stack, type StackOptions, startStack } from './stack.ts'

type CommandOptions = StackOptions & { readonly reporter: Reporter }

/** @throws AppError that says which service did not come up, why, and what to do. */
export async function stackUp(options: CommandOptions): Promise<number> {
  const began = performance.now()
  const stack = await startStack(options)
  const { reporter } = options
  reporter.print(
    `The stack is up after ${((performance.now() - began) / 1000).toFixed(1)} s; its data is in ${stack.dataDir}`,
  )
  for (const line of statusLines(await stack.status())) reporter.print(line)
  if (stack.theirMongodb !== undefined) reporter.print('mongodb          yours (MONGODB_URI)')
  reporter.print(`Temporal's Web UI: ${stack.addresses.temporalUi}`)
  if (stack.shape.portOffset !== 0) {
    reporter.print('Its ports are not the usual ones; what makes Tendance use it:')
    for (const [name, value] of Object.entries(stackEnvironment(stack.addresses)))
      reporter.print(`export ${name}='${value}'`)
  }
  return 0
}

export async function stackDown(options: CommandOptions & { readonly wipe?: boolean }): Promise<number> {
  const stack = new Stack(options)
  await stack.down({ wipe: options.wipe ?? false })
  options.reporter.print(
    options.wipe
      ? `The stack is down and ${stack.dataDir} deleted`
      : `The stack is down; its data stays in ${stack.dataDir}`,
  )
  return 0
}

/** Exit code 0 when every process is ready, 1 otherwise. */
export async function stackStatus(options: CommandOptions): Promise<number> {
  const statuses = await new Stack(options).status()
  for (const line of statusLines(statuses)) options.reporter.print(line)
  return statuses.every(({ state }) => state === 'up') ? 0 : 1
}

export interface InstallOptions {
  readonly targets: readonly InstallTarget[]
}

/** Builds or resolves what is missing, starts nothing, and prints where each thing is. */
export async function stackInstall(options: CommandOptions & InstallOptions): Promise<number> {
  const { cacheDir, environment, reporter } = options
  const paths = await Promise.all(options.targets.map((target) => install(target, { cacheDir, environment, reporter })))
  for (const [i, target] of options.targets.entries()) reporter.print(`${target.padEnd(15)}  ${paths[i]}`)
  return 0
}

export interface LogsOptions {
  /** All processes when empty; `kafka` means every broker, `kafka-2` one. */
  readonly names: readonly string[]
  readonly lines: number
  readonly follow: boolean
}

export async function stackLogs(options: CommandOptions & LogsOptions): Promise<number> {
  const stack = new Stack(options)
  const chosen = chooseProcesses(stack.processNames, options.names)
  if (chosen.length === 0) {
    options.reporter.print(
      `no process is named ${options.names.join(', ')}: there are ${stack.processNames.join(', ')}`,
    )
    return 2
  }
  const label = (name: ProcessName, line: string) => (chosen.length === 1 ? line : `${name.padEnd(15)}  ${line}`)
  for (const name of chosen) {
    const lines = await tailLog(stack.service(name).logFile, options.lines)
    for (const line of lines) options.reporter.print(label(name, line))
  }
  if (!options.follow) return 0
  const signal = options.signal ?? new AbortController().signal
  await Promise.all(
    chosen.map(async (name) => {
      for await (const line of followLog(stack.service(name).logFile, signal)) options.reporter.print(label(name, line))
    }),
  )
  return 0
}

/** What a person means by `kafka`, `hdfs` or `hdfs-datanode-1`. */
export function chooseProcesses(all: readonly ProcessName[], names: readonly string[]): readonly ProcessName[] {
  if (names.length === 0) return all
  return all.filter((process) => names.some((name) => process === name || process.startsWith(`${name}-`)))
}

function statusLines(statuses: readonly ProcessStatus[]): readonly string[] {
  return statuses.map(({ name, state, pid, address, detail }) =>
    [name.padEnd(15), state.padEnd(8), String(pid ?? '-').padStart(8), detail || address].join('  '),
  )
}
