/** Colour in what a process really writes: never in a pipe, unless it is forced there. */
import { execFile } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { testSettings } from '../test-settings.ts'

const cli = new URL('../../cli/cli.ts', import.meta.url)
const program = `
import { reportError } from '${cli.href}'
process.exitCode = reportError(process, new Error('it failed', { cause: 1 }))
`

/** An error as a command reports it, which is red where there is colour. */
function errorWith(colours: Readonly<Record<string, string>>): Promise<string> {
  const { PATH } = testSettings().environment
  return new Promise((resolve) => {
    const args = ['--input-type=module', '-e', program]
    execFile(process.execPath, args, { env: { PATH, ...colours } }, (_, __, text) => resolve(text.split('\n')[0]!))
  })
}

describe('colour', () => {
  it('is not in a pipe, is there when forced, and never where it is not wanted', async () => {
    const esc = String.fromCharCode(27)
    const plain = 'tendance: Error: it failed'
    expect(await errorWith({})).toBe(plain)
    expect(await errorWith({ NO_COLOR: '1' })).toBe(plain)
    expect(await errorWith({ FORCE_COLOR: '1' })).toBe(`${esc}[31mtendance:${esc}[39m Error: it failed`)
  })
})
