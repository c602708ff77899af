/** docs/cli.md, made from the program itself: test/cli/reference.test.ts writes it (`vitest -u`) and holds it true. */
import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import { EXIT, EXIT_MEANS } from './cli.ts'

interface Leaf {
  readonly usage: string
  readonly about: string
  readonly listsJson: boolean
}

export function cliReference(program: CommandUnknownOpts): string {
  const leaves = leavesOf(program, 'tendance')
  return `# The command line

Every command explains itself: \`tendance <command> --help\` has its options and examples that can be copied. A command that is mistyped
is answered with the nearest one. This page is made from the program (\`npx vitest run --project unit test/cli/reference.test.ts -u\`).

## Commands

| command | does | \`--json\` |
|---|---|---|
${leaves.map(({ usage, about, listsJson }) => `| \`${cell(usage)}\` | ${cell(about)} | ${listsJson ? 'yes' : ''} |`).join('\n')}

Answers go to standard output, progress and logs to standard error, so that answers can be piped. \`--json\` prints one JSON object a
line: lists are JSON lines, one answer is one line.

## Exit codes

| code | name | means |
|---|---|---|
${Object.entries(EXIT)
  .map(([name, code]) => `| ${code} | ${name} | ${EXIT_MEANS[name as keyof typeof EXIT]} |`)
  .join('\n')}

## Moments and lengths of time

Wherever an option takes a moment, it is written in English, in French or as ISO 8601, and read on the clock of \`cli.tz\`:

| written | read as |
|---|---|
| \`2026-11-16T07\`, \`2026-11-16 07:30\`, \`2026-11-16T07:00+02:00\` | that moment; without a zone, that of \`cli.tz\` |
| \`last monday 7h\`, \`lundi dernier à 7h\` | the Monday before today, at 7:00 |
| \`monday 7h\`, \`lundi 7h\` | the last Monday 7:00 that has been, today's too |
| \`yesterday 14h30\`, \`hier midi\`, \`avant-hier 7h\` | by the calendar |
| \`24 december 7h\`, \`24 décembre\` | the last one that has been |
| \`3 hours ago\`, \`il y a 2 jours\`, \`3h\`, \`7d\` | so long before now; days keep the time of day when the clocks change |

A moment asked for has been: one of the future is refused, but for the end of a span (\`--to\`, \`--until\`). What has two readings is refused with both:
\`01/02/2026\`, an evening or a morning without an hour, the hour that came twice when the clocks went back.

## Colour

Colour is for terminals only. \`NO_COLOR\` (any value) takes it away there; \`FORCE_COLOR=1\` puts it into a pipe. No meaning is in a
colour alone.

## Completion

| shell | once |
|---|---|
| bash | \`source <(tendance completion bash)\` in \`~/.bashrc\` |
| zsh | \`source <(tendance completion zsh)\` in \`~/.zshrc\`, behind \`compinit\` |
| fish | \`tendance completion fish > ~/.config/fish/completions/tendance.fish\` |

Commands, options and their choices are completed from the script, without starting a program: make it again after an update. What only
a server knows, such as edition numbers, is not completed.
`
}

function leavesOf(command: CommandUnknownOpts, path: string): readonly Leaf[] {
  return command.commands.flatMap((one): readonly Leaf[] => {
    const name = `${path} ${one.name()}`
    if (one.commands.length > 0) return leavesOf(one, name)
    const wanted = one.registeredArguments.map((argument) => {
      const shown = argument.variadic ? `${argument.name()}...` : argument.name()
      return argument.required ? ` <${shown}>` : ` [${shown}]`
    })
    const listsJson = one.options.some(({ long }) => long === '--json')
    return [{ usage: `${name}${wanted.join('')}`, about: one.description(), listsJson }]
  })
}

const cell = (text: string) => text.replaceAll('|', '\\|')
