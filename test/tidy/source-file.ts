/** The project's files as the tidy rules see them: path, text, text without comments, imports. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'

export interface SourceFile {
  /** From the project's root, with `/`. */
  readonly path: string
  readonly text: string
}

export interface Import {
  /** Path from the project's root for a file of ours, else the package or `node:` module. */
  readonly target: string
  readonly isOurs: boolean
  /** `import type`: nothing of it is there at run time. `import { type X }` does load the module. */
  readonly isTypeOnly: boolean
}

const SKIPPED = ['node_modules', '.git', '.tendance', 'coverage', 'dist']
const BINARY = /\.(png|svg|jpg|gz|zst|avro|ico|woff2?|db)$/

/** Every text file below `root`, with paths from there. */
export function readProject(root: string, folder = ''): readonly SourceFile[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(folder, entry.name)
    // in a git worktree .git is a file
    if (SKIPPED.includes(entry.name)) return []
    if (entry.isDirectory()) return readProject(root, path)
    return entry.isFile() && !BINARY.test(path) ? [{ path, text: readFileSync(join(root, path), 'utf8') }] : []
  })
}

export function isTypeScript({ path }: SourceFile): boolean {
  return /\.tsx?$/.test(path)
}

/** The folder at the root that holds the file; the file's own name when it lies at the root. */
export function roomOf(path: string): string {
  return path.split('/')[0]!
}

/** The text with comment lines and trailing comments gone: a rule is about code, and a comment may name what is banned. */
export function codeOf({ text }: SourceFile): string {
  return text
    .split('\n')
    .map((line) => (/^\s*(\*|\/\/|\/\*)/.test(line) ? '' : line.replace(/\s\/\/ .*$/, '')))
    .join('\n')
}

const STATIC = /^[ \t]*(import|export)\s+(type\s+)?(?:[\w*{][^'";]*?\sfrom\s+)?['"]([^'"]+)['"]/gm
const DYNAMIC = /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g

export function importsOf(file: SourceFile): readonly Import[] {
  const code = codeOf(file)
  const fixed = [...code.matchAll(STATIC)].map((match) => toImport(file, match[3]!, match[2] !== undefined))
  const dynamic = [...code.matchAll(DYNAMIC)].map((match) => toImport(file, match[1]!, false))
  return [...fixed, ...dynamic]
}

function toImport(file: SourceFile, specifier: string, isTypeOnly: boolean): Import {
  const isOurs = specifier.startsWith('.')
  const target = isOurs ? posix.join(posix.dirname(file.path), specifier) : specifier
  return { target, isOurs, isTypeOnly }
}
