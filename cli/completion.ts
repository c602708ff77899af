/**
 * Completion for bash, zsh and fish: a script made from the tree of commands, with everything in it, so that a TAB starts no
 * program. Commands, options and their choices are known; what only a server knows (edition numbers, workflow ids) is not: asking
 * it would take longer than a person waits.
 *
 * All three walk the words before the cursor the same way: a word is a command when the path so far has one of that name and
 * the word is not the value of an option.
 */
import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import { BOARD_NAMES } from '../model/boards.ts'
import { STREAM_NAMES } from '../model/streams/stream.ts'
import { EXTRACTOR_NAMES } from '../model/terms/index.ts'
import { INSTALL_TARGETS } from '../stack/install/targets.ts'

export type Shell = 'bash' | 'zsh' | 'fish'

/** A value that is a path: the shell completes it. */
const FILES = '<files>'
type Values = readonly string[] | typeof FILES | null

export interface OptionShape {
  readonly names: readonly string[]
  readonly about: string
  /** null: it takes none that is known. */
  readonly values: Values
  readonly takesValue: boolean
}

/** One command: `path` is `''` for the program, `schedule show` for a command of a command. */
export interface CommandShape {
  readonly path: string
  readonly commands: readonly { readonly name: string; readonly about: string }[]
  readonly options: readonly OptionShape[]
  /** Of its arguments. */
  readonly values: readonly string[]
}

/** Choices that options check with functions of their own. */
const VALUES_OF_OPTION: Readonly<Record<string, Values>> = {
  '--board': BOARD_NAMES,
  '--stream': STREAM_NAMES,
  '--extractor': EXTRACTOR_NAMES,
  '--by': ['hour'],
  '--brokers': ['1', '3'],
  '--services': ['temporal', 'kafka', 'hdfs', 'mongodb'],
  '--file': FILES,
  '--folder': FILES,
  '--data': FILES,
  '--chart': FILES,
}

const VALUES_OF_ARGUMENT: Readonly<Record<string, readonly string[]>> = {
  'stack install': INSTALL_TARGETS,
  'stack logs': ['temporal', 'kafka', 'hdfs', 'mongodb'],
}

const HELP: OptionShape = {
  names: ['-h', '--help'],
  about: 'display help for command',
  values: null,
  takesValue: false,
}

/** Every command of the program, the program itself first. */
export function shapeOf(command: CommandUnknownOpts, path = ''): readonly CommandShape[] {
  const shape: CommandShape = {
    path,
    commands: command.commands.map((one) => ({ name: one.name(), about: one.description() })),
    options: [
      ...command.options.map(({ short, long, description, argChoices, required, optional }) => ({
        names: [short, long].filter((name) => name !== undefined),
        about: description,
        values: argChoices ?? VALUES_OF_OPTION[long ?? ''] ?? null,
        takesValue: required || optional,
      })),
      HELP,
    ],
    values: VALUES_OF_ARGUMENT[path] ?? command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
  }
  const below = command.commands.flatMap((one) => shapeOf(one, path === '' ? one.name() : `${path} ${one.name()}`))
  return [shape, ...below]
}

/** The script, for `source <(tendance completion bash)`. */
export function completionScript(shell: Shell, program: CommandUnknownOpts): string {
  const shapes = shapeOf(program)
  switch (shell) {
    case 'bash':
      return bashScript(shapes)
    case 'zsh':
      return zshScript(shapes)
    case 'fish':
      return fishScript(shapes)
    default:
      return shell satisfies never
  }
}

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`
const namesOf = (options: readonly OptionShape[]) => options.flatMap(({ names }) => names)

/** `case` patterns of bash and zsh: which words of a path take a value, and which are commands. */
function walkCases(shapes: readonly CommandShape[]): { readonly takesValue: string; readonly commands: string } {
  const takesValue = shapes.flatMap(({ path, options }) => {
    const names = namesOf(options.filter((option) => option.takesValue))
    return names.length === 0 ? [] : [`    ${names.map((name) => quoted(`${path}|${name}`)).join('|')}) return 0 ;;`]
  })
  const commands = shapes.flatMap(({ path, commands: below }) =>
    below.length === 0 ? [] : [`    ${below.map(({ name }) => quoted(`${path}|${name}`)).join('|')}) return 0 ;;`],
  )
  return { takesValue: takesValue.join('\n'), commands: commands.join('\n') }
}

/** The walk, in what bash and zsh have in common: sets `path` and `previous` from the words before the cursor. */
function walkFunctions(shapes: readonly CommandShape[]): string {
  const { takesValue, commands } = walkCases(shapes)
  return `_tendance_takes_value() {
  case "$1|$2" in
${takesValue}
  esac
  return 1
}

_tendance_is_command() {
  case "$1|$2" in
${commands}
  esac
  return 1
}`
}

const WALK = `  local path='' previous='' word
  for word in "\${before[@]}"; do
    if ! _tendance_takes_value "$path" "$previous" && _tendance_is_command "$path" "$word"; then
      path="\${path:+$path }$word"
    fi
    previous="$word"
  done`

function bashScript(shapes: readonly CommandShape[]): string {
  const values = shapes.flatMap(({ path, options }) =>
    options.flatMap(({ names, values: of, takesValue }) => {
      if (!takesValue) return []
      const patterns = names.map((name) => quoted(`${path}|${name}`)).join('|')
      if (of === FILES) return [`    ${patterns}) COMPREPLY=($(compgen -f -- "$current")); return ;;`]
      return [`    ${patterns}) candidates=${quoted((of ?? []).join(' '))} ;;`]
    }),
  )
  const words = shapes.map(({ path, commands, options, values: of }) => {
    const plain = [...commands.map(({ name }) => name), ...of].join(' ')
    return `      ${quoted(path)}) plain=${quoted(plain)} options=${quoted(namesOf(options).join(' '))} ;;`
  })
  return `# Completion of tendance in bash. In ~/.bashrc: source <(tendance completion bash)
${walkFunctions(shapes)}

_tendance() {
  # bash breaks words at @ and =, so hashtags@2 would be three: the line is split at blanks instead
  local line="\${COMP_LINE:0:$COMP_POINT}" current=''
  local -a before
  read -r -a before <<< "$line"
  if [[ "$line" != *[[:space:]] ]]; then
    current="\${before[\${#before[@]}-1]}"
    unset "before[\${#before[@]}-1]"
  fi
  before=("\${before[@]:1}")
${WALK}
  local candidates='' plain='' options=''
  COMPREPLY=()
  case "$path|$previous" in
${values.join('\n')}
    *)
    case "$path" in
${words.join('\n')}
    esac
    candidates="$plain"
    if [[ "$current" == -* ]]; then candidates="$options"; fi
    ;;
  esac
  COMPREPLY=($(compgen -W "$candidates" -- "$current"))
  # what stands before the last break is on the line already
  local broken="\${current%"\${current##*[@=:]}"}"
  if [[ -n "$broken" && "$COMP_WORDBREAKS" == *"\${broken: -1}"* ]]; then COMPREPLY=("\${COMPREPLY[@]#"$broken"}"); fi
}

complete -o default -F _tendance tendance
`
}

function zshScript(shapes: readonly CommandShape[]): string {
  const described = (name: string, about: string) => quoted(`${name.replaceAll(':', '\\:')}:${about}`)
  const values = shapes.flatMap(({ path, options }) =>
    options.flatMap(({ names, values: of, takesValue }) => {
      if (!takesValue) return []
      const patterns = names.map((name) => quoted(`${path}|${name}`)).join('|')
      if (of === FILES) return [`    ${patterns}) _files; return ;;`]
      return [`    ${patterns}) compadd -- ${(of ?? []).map(quoted).join(' ')}; return ;;`]
    }),
  )
  const words = shapes.map(({ path, commands, options, values: of }) => {
    const plain = [
      ...commands.map(({ name, about }) => described(name, about)),
      ...of.map((value) => described(value, '')),
    ]
    const flags = options.flatMap(({ names, about }) => names.map((name) => described(name, about)))
    return `    ${quoted(path)}) plain=(${plain.join(' ')}) options=(${flags.join(' ')}) ;;`
  })
  return `#compdef tendance
# Completion of tendance in zsh. In ~/.zshrc, behind compinit: source <(tendance completion zsh)
${walkFunctions(shapes)}

_tendance() {
  local -a before plain options
  before=("\${(@)words[2,CURRENT-1]}")
${WALK}
  case "$path|$previous" in
${values.join('\n')}
  esac
  case "$path" in
${words.join('\n')}
  esac
  if [[ "$PREFIX" == -* ]]; then
    _describe -t options option options
  elif (( \${#plain} )); then
    _describe -t commands command plain
  else
    _files
  fi
}

compdef _tendance tendance
`
}

function fishScript(shapes: readonly CommandShape[]): string {
  const { takesValue, commands } = fishCases(shapes)
  const lines = shapes.flatMap(({ path, commands: below, options, values: of }) => {
    const at = `-n '__tendance_at ${quotedInFish(path)}'`
    return [
      ...below.map(({ name, about }) => `complete -c tendance ${at} -f -a ${quoted(name)} -d ${fishQuoted(about)}`),
      ...(of.length > 0 ? [`complete -c tendance ${at} -f -a ${quoted(of.join(' '))}`] : []),
      ...options.map(({ names, about, values: choices, takesValue: takes }) => {
        const flags = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`))
        const value = !takes ? '' : choices === FILES ? ' -r -F' : ` -x -a ${quoted((choices ?? []).join(' '))}`
        return `complete -c tendance ${at} ${flags.join(' ')}${value} -d ${fishQuoted(about)}`
      }),
    ]
  })
  return `# Completion of tendance in fish. Once: tendance completion fish > ~/.config/fish/completions/tendance.fish
function __tendance_takes_value
    switch "$argv[1]|$argv[2]"
${takesValue}
            return 0
    end
    return 1
end

function __tendance_is_command
    switch "$argv[1]|$argv[2]"
${commands}
            return 0
    end
    return 1
end

function __tendance_at
    set -l path ''
    set -l previous ''
    for word in (commandline -opc)[2..-1]
        if not __tendance_takes_value "$path" "$previous"; and __tendance_is_command "$path" "$word"
            set path (string trim -- "$path $word")
        end
        set previous "$word"
    end
    test "$path" = "$argv[1]"
end

complete -c tendance -e
${lines.join('\n')}
`
}

function fishCases(shapes: readonly CommandShape[]): { readonly takesValue: string; readonly commands: string } {
  const takesValue = shapes.flatMap(({ path, options }) =>
    namesOf(options.filter((option) => option.takesValue)).map((name) => quoted(`${path}|${name}`)),
  )
  const commands = shapes.flatMap(({ path, commands: below }) => below.map(({ name }) => quoted(`${path}|${name}`)))
  return { takesValue: `        case ${takesValue.join(' ')}`, commands: `        case ${commands.join(' ')}` }
}

/** In fish a backslash escapes a quotation mark within quotation marks. */
const fishQuoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
/** Within a condition that is quoted itself. */
const quotedInFish = (text: string) => `"${text}"`
