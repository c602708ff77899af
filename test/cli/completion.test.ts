/** The completion script in a real bash: what a TAB offers. zsh and fish walk the same tree. */
import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { completionScript, shapeOf } from '../../cli/completion.ts'
import { testSettings } from '../test-settings.ts'
import { programUnderTest } from './program.ts'

const { program } = programUnderTest()
const script = completionScript('bash', program)

/** What bash would offer at the end of each line, as it calls a completion function. */
function offered(...lines: readonly string[]): readonly (readonly string[])[] {
  const ask = lines.map((line) => `COMP_LINE='${line}'; COMP_POINT=\${#COMP_LINE}; _tendance; echo "\${COMPREPLY[*]}"`)
  const { PATH } = testSettings().environment
  const ran = spawnSync(
    'bash',
    ['--norc', '--noprofile', '-c', 'eval "$1"; eval "$2"', 'bash', script, ask.join('\n')],
    {
      env: { PATH },
      encoding: 'utf8',
    },
  )
  expect(ran.stderr).toBe('')
  return ran.stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' ').filter(Boolean))
}

describe('in bash', () => {
  const [commands, begun, below, options, values, choices, afterValue, versions, begunVersion, files] = offered(
    'tendance ',
    'tendance sch',
    'tendance schedule ',
    'tendance top --bo',
    'tendance top --board ',
    'tendance work ',
    'tendance top --board schedule ',
    'tendance recompute --since x --extractor hash',
    'tendance recompute --extractor hashtags@',
    'tendance ingest --file package-lo',
  )

  it('offers the commands, and of a group its own', () => {
    expect(commands).toEqual(program.commands.map((command) => command.name()))
    expect(begun).toEqual(['schedule'])
    expect(below).toEqual(['apply', 'show', 'run', 'delete'])
  })

  it('offers options, and the choices of options and arguments', () => {
    expect(options).toEqual(['--board'])
    expect(values).toEqual(['hashtags'])
    expect(choices).toEqual(['archive', 'speed', 'batch'])
  })

  it('does not take the value of an option for a command', () => {
    expect(afterValue).toEqual([])
  })

  it('goes on behind an @, where bash begins a new word', () => {
    expect(versions).toEqual(['hashtags@1', 'hashtags@2'])
    expect(begunVersion).toEqual(['1', '2'])
  })

  it('leaves paths to the shell', () => {
    expect(files).toEqual(['package-lock.json'])
  })
})

describe.each(['bash', 'zsh', 'fish'] as const)('the script for %s', (shell) => {
  it('knows every command and every option', () => {
    const text = completionScript(shell, program)
    for (const { path, options } of shapeOf(program)) {
      expect(text).toContain(path)
      for (const { names } of options) {
        for (const name of names) expect(text).toContain(shell === 'fish' ? name.replace(/^-+/, '') : name)
      }
    }
  })
})
