/** Runs one of the project's own tools with the project's own Node. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { readEnvironment } from '../../app/environment.ts'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

export interface Finished {
  readonly code: number
  /** What it printed; empty when it printed on our own terminal. */
  readonly output: string
  readonly elapsedMs: number
}

export interface ToolOptions {
  /** Its output goes straight to the terminal. */
  readonly show: boolean
  /** After it the tool is killed, and has failed: a test in an endless loop must not hold the run for ever. */
  readonly limitMs: number
}

/** `tool` is a name in node_modules/.bin. */
export async function runTool(tool: string, args: readonly string[], options: ToolOptions): Promise<Finished> {
  const { show, limitMs } = options
  const environment = readEnvironment()
  const began = performance.now()
  const child = spawn(process.execPath, [`${ROOT}node_modules/.bin/${tool}`, ...args], {
    cwd: ROOT,
    // kafkajs sets such timers; each worker that a test starts would say so, and hide what matters
    env: {
      ...environment,
      NODE_OPTIONS: `${environment['NODE_OPTIONS'] ?? ''} --disable-warning=TimeoutNegativeWarning`,
    },
    stdio: ['ignore', show ? 'inherit' : 'pipe', show ? 'inherit' : 'pipe'],
  })
  let output = ''
  const keep = (chunk: Buffer) => {
    output += chunk.toString('utf8')
  }
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  const timer = setTimeout(() => {
    output += `\nkilled after ${limitMs / 1_000} s: what has not ended above is what hangs\n`
    child.kill('SIGKILL')
  }, limitMs)
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (exitCode) => resolve(exitCode ?? 1))
  })
  clearTimeout(timer)
  return { code, output, elapsedMs: performance.now() - began }
}
