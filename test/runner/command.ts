/** Runs one of the project's own tools with the project's own Node. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

export interface Finished {
  readonly code: number
  /** What it printed; empty when it printed on our own terminal. */
  readonly output: string
  readonly elapsedMs: number
}

/** `tool` is a name in node_modules/.bin. `show`: its output goes straight to the terminal. */
export async function runTool(tool: string, args: readonly string[], show: boolean): Promise<Finished> {
  const began = performance.now()
  const child = spawn(process.execPath, [`${ROOT}node_modules/.bin/${tool}`, ...args], {
    cwd: ROOT,
    stdio: ['ignore', show ? 'inherit' : 'pipe', show ? 'inherit' : 'pipe'],
  })
  let output = ''
  const keep = (chunk: Buffer) => {
    output += chunk.toString('utf8')
  }
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (exitCode) => resolve(exitCode ?? 1))
  })
  return { code, output, elapsedMs: performance.now() - began }
}
