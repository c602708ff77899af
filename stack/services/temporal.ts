/** Temporal: server, Web UI and SQLite in one process. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Environment } from '../../app/environment.ts'
import { searchAttributes } from '../../temporal/names.ts'
import { runCommand } from '../install/command.ts'
import { installTemporal } from '../install/temporal.ts'
import { HOST } from '../ports.ts'
import { acceptsConnections } from '../probes.ts'
import { dataFolder, installContext, type ProcessSpec, type SpecContext } from './process-spec.ts'

const CLI_TIMEOUT_MS = 10_000
/** How long the history of a closed workflow stays: 30 days; the server's default is one. */
const RETENTION = '720h'

export function temporalServer(context: SpecContext): ProcessSpec {
  const name = 'temporal' as const
  const ports = context.ports.temporal
  const folder = dataFolder(context, name)
  const address = `${HOST}:${ports.frontend}`
  const environment = withoutTemporalSettings(context.environment)
  const program = () => installTemporal(installContext(context))
  const ask = async (...command: readonly string[]) =>
    runCommand(await program(), [...command, '--address', address], { environment, timeoutMs: CLI_TIMEOUT_MS })
  return {
    name,
    service: 'temporal',
    ports: [
      { process: name, use: 'frontend', port: ports.frontend },
      { process: name, use: 'HTTP', port: ports.http },
      { process: name, use: 'metrics', port: ports.metrics },
      { process: name, use: 'Web UI', port: ports.ui },
    ],
    address: `${address}, Web UI http://${HOST}:${ports.ui}`,

    async prepare() {
      const file = await program()
      await mkdir(folder, { recursive: true })
      const options = {
        ip: HOST,
        port: ports.frontend,
        'ui-port': ports.ui,
        'http-port': ports.http,
        'metrics-port': ports.metrics,
        'db-filename': join(folder, 'temporal.db'),
        'log-format': 'json',
        'log-level': 'warn',
      }
      // Write-ahead log: 1,000 tiny activities take 2 to 4 s with it, 63 s with SQLite's default journal.
      const pragmas = ['journal_mode=wal', 'synchronous=1'].flatMap((pragma) => ['--sqlite-pragma', pragma])
      const args = Object.entries(options).flatMap(([option, value]) => [`--${option}`, String(value)])
      // In force from the first moment of a new database; an old one does not learn from it, hence settle().
      const attributes = attributeTypes().flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`])
      return { file, args: ['server', 'start-dev', ...args, ...pragmas, ...attributes], environment }
    },

    async waitsFor() {
      if (!(await acceptsConnections(ports.frontend))) return `port ${ports.frontend}`
      const healthy = await succeeds(ask('operator', 'cluster', 'health'))
      if (!healthy) return 'a healthy cluster'
      // The frontend is healthy before history and visibility answer.
      const lists = await succeeds(ask('workflow', 'list', '--limit', '1'))
      return lists ? undefined : 'its list of workflows'
    },

    async settle() {
      const attributes = attributeTypes().flatMap(([name, type]) => ['--name', name, '--type', type])
      await ask('operator', 'search-attribute', 'create', ...attributes)
      await ask('operator', 'namespace', 'update', '-n', 'default', '--retention', RETENTION)
    },
  }
}

/** Name and type of our search attributes, as the command line writes types: `KEYWORD_LIST` is KeywordList. */
function attributeTypes(): readonly (readonly [string, string])[] {
  return Object.values(searchAttributes).map(({ name, type }) => [
    name,
    type.replace(/(^|_)([A-Z])([A-Z]*)/g, (_, __, first: string, rest: string) => first + rest.toLowerCase()),
  ])
}

async function succeeds(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  )
}

/** Somebody's TEMPORAL_ADDRESS or TEMPORAL_TLS is meant for another server than this one. */
function withoutTemporalSettings(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('TEMPORAL_')))
}
