/** `tendance completion <shell>`. */
import { Argument, type Command } from '@commander-js/extra-typings'
import { type Cli, print } from '../cli.ts'
import { examples } from '../examples.ts'

const SHELLS = ['bash', 'zsh', 'fish'] as const

export function addCompletion(program: Command, cli: Cli): void {
  program
    .command('completion')
    .description('a script that completes commands, options and their choices in your shell')
    .addArgument(new Argument('<shell>', 'which one').choices(SHELLS))
    .addHelpText(
      'after',
      examples(
        'source <(tendance completion bash)',
        'source <(tendance completion zsh)',
        'tendance completion fish > ~/.config/fish/completions/tendance.fish',
      ),
    )
    .action(async (shell) => {
      const { completionScript } = await import('../completion.ts')
      print(cli, completionScript(shell, program).trimEnd())
    })
}
