/** The programs a machine must bring. What is missing is named together with who needs it and how to get it. */
import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Environment } from '../../app/environment.ts'
import { AppError } from '../../model/errors.ts'
import { runCommand } from './command.ts'

const TOOLS = {
  java: {
    neededBy: 'Kafka and HDFS',
    fix: 'install a JDK 17 or newer (Debian: apt-get install openjdk-17-jdk-headless; macOS: brew install openjdk@17), or set JAVA_HOME',
  },
  mvn: {
    neededBy: 'the install of Kafka and HDFS',
    fix: 'install Maven (Debian: apt-get install maven; macOS: brew install maven)',
  },
  go: {
    neededBy: 'tctl, which a test uses (and Temporal itself, on machines for which no package has it)',
    fix: 'install Go 1.25 or newer (macOS: brew install go)',
  },
  python3: {
    neededBy: 'the install of Temporal and of the embedded MongoDB store',
    fix: 'install Python 3.8 or newer with pip (Debian: apt-get install python3-pip; macOS: brew install python3)',
  },
} as const
export type ToolName = keyof typeof TOOLS

const JAVA_MAJOR_MIN = 17
const GO_MINOR_MIN = 25

/** Full path of an executable on the PATH of `environment`, or undefined. */
export function findOnPath(environment: Environment, name: string): string | undefined {
  for (const folder of (environment['PATH'] ?? '').split(delimiter)) {
    if (folder === '') continue
    const path = join(folder, name)
    if (isExecutable(path)) return path
  }
  return undefined
}

/** @throws AppError `bad-config` that names who needs the tool and how to install it. */
export function requireTool(environment: Environment, name: ToolName): string {
  const home = name === 'java' ? environment['JAVA_HOME'] : undefined
  const atHome = home ? join(home, 'bin', 'java') : undefined
  const found = atHome && isExecutable(atHome) ? atHome : findOnPath(environment, name)
  if (found !== undefined) return found
  const { neededBy, fix } = TOOLS[name]
  throw new AppError('bad-config', `'${name}' is not on the PATH and ${neededBy} needs it: ${fix}`, { facts: { name } })
}

/** Path of a Java that is new enough. @throws AppError `bad-config` with the version found and the fix. */
export async function requireJava(environment: Environment): Promise<string> {
  const java = requireTool(environment, 'java')
  const { output } = await runCommand(java, ['-version'], { environment, timeoutMs: 30_000 })
  const major = javaMajor(output)
  if (major !== undefined && major >= JAVA_MAJOR_MIN) return java
  throw new AppError(
    'bad-config',
    `'${java}' is Java ${major ?? 'of an unknown version'} and ${TOOLS.java.neededBy} need ${JAVA_MAJOR_MIN}: ${TOOLS.java.fix}`,
    { facts: { java, output } },
  )
}

/**
 * Path of a Go that can build `module` (a Go from 1.21 on fetches the one that the module asks for by itself).
 * @throws AppError `bad-config` with the version found and the fix.
 */
export async function requireGo(environment: Environment, module: string): Promise<string> {
  const go = requireTool(environment, 'go')
  const { output } = await runCommand(go, ['version'], { environment, cwd: module, timeoutMs: 300_000 })
  const [major = 0, minor = 0] = goVersion(output)
  if (major > 1 || (major === 1 && minor >= GO_MINOR_MIN)) return go
  throw new AppError('bad-config', `'${go}' is Go ${major}.${minor} and ${TOOLS.go.neededBy}: ${TOOLS.go.fix}`, {
    facts: { go, output },
  })
}

/** Major and minor version in the output of `go version`; nothing when there is none. */
export function goVersion(versionOutput: string): readonly number[] {
  const match = /go version go(\d+)\.(\d+)/.exec(versionOutput)
  return match ? [Number(match[1]), Number(match[2])] : []
}

/** The major version in the output of `java -version`: 17 of `"17.0.15"`, 8 of `"1.8.0_402"`. */
export function javaMajor(versionOutput: string): number | undefined {
  const match = /version "(?:1\.)?(\d+)/.exec(versionOutput)
  return match ? Number(match[1]) : undefined
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
