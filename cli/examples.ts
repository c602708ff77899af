/** What stands under the options in `--help`: lines that can be copied. test/cli/help.test.ts parses every one of them. */

/** For `addHelpText('after', …)`. */
export function examples(...lines: readonly string[]): string {
  return ['', lines.length === 1 ? 'Example:' : 'Examples:', ...lines.map((line) => `  ${line}`)].join('\n')
}
