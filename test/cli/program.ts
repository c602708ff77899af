/** The program for tests that look at it, or parse with it, and run none of its actions. */
import { Readable, Writable } from 'node:stream'
import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import type { Cli } from '../../cli/cli.ts'
import { createProgram } from '../../cli/program.ts'

class Kept extends Writable {
  text = ''
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString()
    done()
  }
}

export interface ProgramUnderTest {
  readonly program: CommandUnknownOpts
  /** What was written to standard output and standard error. */
  readonly written: () => string
}

export function programUnderTest(): ProgramUnderTest {
  const out = new Kept()
  const cli: Cli = {
    stdin: Readable.from([]),
    stdout: out,
    stderr: out,
    clock: () => Date.parse('2026-11-16T07:30:00Z'),
    signal: new AbortController().signal,
    load: () => {
      throw new Error('no action is run here, so nobody needs the configuration')
    },
  }
  const program = createProgram(cli, () => {}) as unknown as CommandUnknownOpts
  return { program, written: () => out.text }
}

export interface LeafCommand {
  /** `schedule show` */
  readonly path: string
  readonly command: CommandUnknownOpts
}

/** Commands that do something: those without commands below them. */
export function leavesOf(command: CommandUnknownOpts, path = ''): readonly LeafCommand[] {
  return command.commands.flatMap((one) => {
    const below = path === '' ? one.name() : `${path} ${one.name()}`
    return one.commands.length > 0 ? leavesOf(one, below) : [{ path: below, command: one }]
  })
}
