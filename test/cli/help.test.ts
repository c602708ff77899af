/** `--help` of every command: it has examples, and the examples are right. */
import { describe, expect, it } from 'vitest'
import { leavesOf, programUnderTest } from './program.ts'

const paths = leavesOf(programUnderTest().program).map(({ path }) => path)

/** `tendance …` in a line of an example: behind assignments, within `<(…)`, up to a pipe or a redirection. */
function invocationsIn(help: string): readonly string[] {
  const at = help.search(/^Examples?:$/m)
  if (at < 0) return []
  return [...help.slice(at).matchAll(/\btendance ((?:"[^"]*"|[^|>)"\n])*)/g)].map(([, args]) => args!.trim())
}

/** Words as a shell makes them, as far as examples need it. */
function wordsOf(line: string): readonly string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!)
}

/** What a line would do: which command with which options; throws what the parser says against it. */
async function parse(words: readonly string[]): Promise<string> {
  const { program } = programUnderTest()
  let ran = ''
  for (const { path, command } of leavesOf(program)) {
    command.action(() => {
      ran = path
    })
  }
  await program.parseAsync([...words], { from: 'user' })
  return ran
}

async function helpOf(path: string): Promise<string> {
  const { program, written } = programUnderTest()
  await program.parseAsync([...path.split(' '), '--help'], { from: 'user' }).catch(() => {})
  return written()
}

describe.each(paths)('tendance %s --help', (path) => {
  it('says what it does and has examples that the program understands, of this very command', async () => {
    const help = await helpOf(path)
    expect(help).toMatch(/^Usage: tendance/)
    const lines = invocationsIn(help)
    expect(lines, help).not.toEqual([])
    for (const line of lines) {
      // a group's default command answers for the group
      expect(await parse(wordsOf(line)), line).toBe(path)
    }
  })
})

describe('examples', () => {
  it('that the program does not understand are found', async () => {
    await expect(parse(wordsOf('top --hour "last monday 7h" --bord hashtags'))).rejects.toThrow(/--bord/)
    await expect(parse(wordsOf('work archivist'))).rejects.toThrow(/archivist/)
    await expect(parse(wordsOf('publish four'))).rejects.toThrow(/four/)
  })

  it('are read out of pipes, assignments and substitutions', () => {
    expect(invocationsIn('Examples:\n  echo "a | b" | tendance extract --extractor hashtags@2\n')).toEqual([
      'extract --extractor hashtags@2',
    ])
    expect(invocationsIn('Example:\n  source <(tendance completion bash)')).toEqual(['completion bash'])
    expect(invocationsIn('Example:\n  tendance term "#a | b" > x.csv')).toEqual(['term "#a | b"'])
  })
})

describe('what is mistyped', () => {
  it.each([
    ['toop', 'top'],
    ['schedule shwo', 'show'],
    ['top --bord x', '--board'],
  ])('%s is answered with the nearest: %s', async (line, nearest) => {
    const { program, written } = programUnderTest()
    await expect(program.parseAsync(wordsOf(line), { from: 'user' })).rejects.toThrow()
    expect(written()).toContain(`Did you mean ${nearest}?`)
  })
})

describe('a value that an option does not take', () => {
  it.each([
    ['--extractor hashtags@7', 'hashtags@1, hashtags@2'],
    ['--board hashtag', 'Boards are: hashtags'],
    ['--keep 3', '36h, 7d or 2w'],
    ['--concurrency 501', 'from 1 to 500'],
  ])('%s is refused in words of the command line: %s', async (option, right) => {
    const { program, written } = programUnderTest()
    await expect(program.parseAsync(wordsOf(`rebuild ${option}`), { from: 'user' })).rejects.toThrow()
    expect(written()).toContain(`option '${option.split(' ', 1)[0]} <`)
    expect(written()).toContain(right)
  })

  it('is not seen in what is right, given once or several times', async () => {
    const line = 'rebuild --extractor hashtags@1 --extractor hashtags@2 --board hashtags --keep 36h --concurrency 500'
    expect(await parse(wordsOf(line))).toBe('rebuild')
  })
})
