/**
 * What a process of the stack is: where it keeps its things, which ports it takes, how it is prepared and run, and how to
 * tell that it can really be used. Nothing here starts anything: stack.ts does, the same way for all of them.
 */
import { join } from 'node:path'
import type { Environment } from '../../app/environment.ts'
import type { InstallContext } from '../install/cache.ts'
import type { ProcessName, ServiceName, StackSize } from '../names.ts'
import type { Ports, PortUse } from '../ports.ts'
import type { Reporter } from '../reporter.ts'

export interface SpecContext {
  /** Absolute path of the folder that holds everything of this stack. */
  readonly dataDir: string
  readonly cacheDir: string
  readonly environment: Environment
  readonly reporter: Reporter
  readonly ports: Ports
  readonly size: StackSize
  /** Somebody's own MongoDB, which is used instead of one of ours. */
  readonly mongodbUri: string | undefined
  /** Java heap of each broker, NameNode and DataNode, in MB. */
  readonly heapMb: number
  /** Whether a process of this stack runs now: readiness of one can depend on which others are there. */
  isRunning(name: ProcessName): boolean
}

export interface RunCommand {
  readonly file: string
  readonly args: readonly string[]
  readonly environment: Environment
}

export interface ProcessSpec {
  readonly name: ProcessName
  readonly service: ServiceName
  readonly ports: readonly PortUse[]
  /** How people and clients reach it. */
  readonly address: string
  /** Installs what is missing, writes its settings, formats its data when there is none; says what to run. */
  prepare(): Promise<RunCommand>
  /** undefined when it is ready to be used, else what is still missing, in a few words. */
  waitsFor(): Promise<string | undefined>
  /** What must be done once it is ready, each time. */
  settle?(): Promise<void>
}

export function dataFolder(context: Pick<SpecContext, 'dataDir'>, name: ProcessName): string {
  return join(context.dataDir, name)
}

export function logFile(context: Pick<SpecContext, 'dataDir'>, name: ProcessName): string {
  return join(context.dataDir, 'logs', `${name}.log`)
}

export function pidFile(context: Pick<SpecContext, 'dataDir'>, name: ProcessName): string {
  return join(context.dataDir, 'run', `${name}.json`)
}

export function installContext({ cacheDir, environment, reporter }: SpecContext): InstallContext {
  return { cacheDir, environment, reporter }
}
