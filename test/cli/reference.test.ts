/** docs/cli.md is what the program is. */
import { describe, expect, it } from 'vitest'
import { EXIT, EXIT_MEANS } from '../../cli/cli.ts'
import { cliReference } from '../../cli/reference.ts'
import { leavesOf, programUnderTest } from './program.ts'

describe('docs/cli.md', () => {
  it('is made from the program: npx vitest run --project unit test/cli/reference.test.ts -u', async () => {
    await expect(cliReference(programUnderTest().program)).toMatchFileSnapshot('../../docs/cli.md')
  })

  it('has every exit code once, with its meaning', () => {
    expect(new Set(Object.values(EXIT)).size).toBe(Object.keys(EXIT).length)
    const text = cliReference(programUnderTest().program)
    for (const [name, code] of Object.entries(EXIT)) {
      expect(text).toContain(`| ${code} | ${name} | ${EXIT_MEANS[name as keyof typeof EXIT]} |`)
    }
  })
})

describe('listings', () => {
  /** Commands that show several of something. */
  const listings = [
    'editions',
    'hours',
    'dead-letters list',
    'schedule show',
    'workers status',
    'stack status',
    'doctor',
    'top',
    'term',
    'diff',
    'progress',
  ]

  it.each(listings)('%s can be read by programs', (path) => {
    const found = leavesOf(programUnderTest().program).find((leaf) => leaf.path === path)
    expect(found?.command.options.map(({ long }) => long)).toContain('--json')
  })
})
