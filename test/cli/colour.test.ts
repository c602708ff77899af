/** Colour in what the program really writes: never in a pipe, unless it is forced there. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { testSettings } from '../test-settings.ts'

const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))

/** An error, which is red where there is colour, and needs no service. */
function errorWith(
  colours: Readonly<Record<string, string>>,
): Promise<{ readonly code: unknown; readonly text: string }> {
  const { PATH } = testSettings().environment
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [main, 'extract', '--extractor', 'nothing@1'],
      { env: { PATH, ...colours } },
      (error, _, text) => resolve({ code: error?.code, text }),
    )
  })
}

describe('colour', () => {
  it('is not in a pipe, is there when forced, and never where it is not wanted; the words are the same', async () => {
    const [piped, forced, unwanted] = await Promise.all([
      errorWith({}),
      errorWith({ FORCE_COLOR: '1' }),
      errorWith({ NO_COLOR: '1' }),
    ])
    const escape = String.fromCharCode(27)
    expect(forced.text).toContain(`${escape}[31m`)
    expect(piped.text).not.toContain(escape)
    expect(unwanted.text).toBe(piped.text)
    expect(forced.text.replaceAll(new RegExp(`${escape}\\[\\d+m`, 'g'), '')).toBe(piped.text)
    expect(piped.text).toMatch(/^tendance: .*nothing@1/)
    expect([piped.code, forced.code, unwanted.code]).toEqual([2, 2, 2])
  })
})
