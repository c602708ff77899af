/**
 * All configuration: one typed, frozen object from the environment and an optional JSON file, unknown keys refused, secrets
 * masked when shown. The only place that reads `process.env` (test/tidy.test.ts holds that).
 *
 * The addresses' defaults are those of `tendance stack up`, and move with `stack.portOffset` as its ports do.
 *
 * Precedence: environment (`TENDANCE_…`, and the usual `MONGODB_URI`, `TEMPORAL_ADDRESS`…) over file over default. A key `kafka.brokers` is
 * `TENDANCE_KAFKA_BROKERS` in the environment. A secret may stand in a file: `TENDANCE_KAFKA_PASSWORD_FILE`, `kafka.passwordFile`.
 */
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { AppError } from '../model/errors.ts'
import { eitherOr, fileKey, fileVariable, type Given } from './secret-files.ts'
import { linksWarning, nearestSetting, withoutServiceLinks } from './unknown-variables.ts'

const wholeNumber = z.coerce.number().int()
const ms = wholeNumber.min(0)
const port = wholeNumber.min(0).max(65_535)
const parts = (value: unknown) =>
  typeof value === 'string'
    ? value
        .split(',')
        .map((part) => part.trim())
        .filter(Boolean)
    : value
const list = z.preprocess(parts, z.array(z.string()).min(1))
const listOrNone = z.preprocess(parts, z.array(z.string()))

const defaultCacheDir = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'tendance')

interface Setting<T extends z.ZodType = z.ZodType> {
  readonly schema: T
  readonly about: string
  readonly secret?: true
  /** It may stand in a file that `…_FILE` names, as every secret may. */
  readonly inFile?: true
  /** Other environment names that mean the same, tried after TENDANCE_…. */
  readonly also?: readonly string[]
  /** The default is the address of a service that `tendance stack up` starts: its port moves with `stack.portOffset`. */
  readonly ofStack?: true
}

const setting = <T extends z.ZodType>(schema: T, about: string, more: Omit<Setting, 'schema' | 'about'> = {}) =>
  ({ schema, about, ...more }) as Setting<T>

const settings = {
  kafka: {
    brokers: setting(list.default(['127.0.0.1:9092']), 'host:port, separated by commas', { ofStack: true }),
    topicPrefix: setting(z.string().default('tendance.'), 'stands before the name of a stream'),
    groupPrefix: setting(z.string().default('tendance.'), 'stands before archive and speed'),
    partitions: setting(wholeNumber.min(1).max(1_000).default(4), 'of a topic that Tendance creates'),
    replication: setting(
      wholeNumber.min(0).default(0),
      'of a topic that Tendance creates; 0: as many brokers as there are, at most 3',
    ),
    retentionBytes: setting(
      wholeNumber.default(-1),
      'per partition; -1: none. Time never deletes: message time is event time',
    ),
    ssl: setting(z.union([z.boolean(), z.stringbool()]).default(false), 'TLS to the brokers'),
    caFile: setting(z.string().optional(), 'PEM file of the authorities that sign the brokers’ certificates'),
    certFile: setting(z.string().optional(), 'PEM file of our own certificate, where brokers ask clients for one'),
    keyFile: setting(z.string().optional(), 'PEM file of the key of kafka.certFile'),
    keyPassword: setting(z.string().optional(), 'of an encrypted kafka.keyFile', { secret: true }),
    serverName: setting(
      z.string().optional(),
      'name that brokers’ certificates carry, where it is not that of their addresses',
    ),
    saslMechanism: setting(
      z.preprocess(
        (value) => (typeof value === 'string' ? value.toLowerCase() : value),
        z.enum(['plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer']).optional(),
      ),
      'plain, scram-sha-256, scram-sha-512 or oauthbearer; not set: scram-sha-256 when there is a user',
    ),
    username: setting(z.string().optional(), 'SASL user', { inFile: true }),
    password: setting(z.string().optional(), 'SASL password', { secret: true }),
    oauthTokenUrl: setting(z.url().optional(), 'where oauthbearer gets its token (OAuth 2 client credentials)'),
    oauthClientId: setting(z.string().optional(), 'OAuth client', { inFile: true }),
    oauthClientSecret: setting(z.string().optional(), 'its secret', { secret: true }),
    oauthScope: setting(z.string().optional(), 'scopes to ask for, separated by spaces'),
  },
  lake: {
    url: setting(
      z.string().default('http://127.0.0.1:9870'),
      'WebHDFS address, several with commas (of which one is active), or file:///folder for a local lake',
      { ofStack: true },
    ),
    user: setting(z.string().default('tendance'), 'HDFS user name'),
    password: setting(z.string().optional(), 'of lake.user, where a gateway asks for it (HTTP Basic)', {
      secret: true,
    }),
    kerberos: setting(z.union([z.boolean(), z.stringbool()]).default(false), 'Kerberos (SPNEGO) to the NameNodes'),
    delegationToken: setting(z.string().optional(), 'of HDFS, instead of a user', { secret: true }),
    caFile: setting(z.string().optional(), 'PEM file of the authorities that sign HDFS’s certificates'),
    certFile: setting(z.string().optional(), 'PEM file of our own certificate, where HDFS asks for one'),
    keyFile: setting(z.string().optional(), 'PEM file of the key of lake.certFile'),
    keyPassword: setting(z.string().optional(), 'of an encrypted lake.keyFile', { secret: true }),
    hdfsBlockBytes: setting(
      wholeNumber.min(0).default(0),
      'of a new file’s HDFS blocks; 0: as much as the file needs, from 1 to 128 MiB',
    ),
    replication: setting(wholeNumber.min(0).default(0), 'copies that HDFS keeps of a new file; 0: as it is set up'),
    root: setting(z.string().startsWith('/').default('/tendance'), 'directory of the lake'),
    commitBytes: setting(
      wholeNumber.min(1).default(32 * 1024 * 1024),
      'a commit happens at this many compressed bytes of a partition',
    ),
    commitAgeMs: setting(ms.default(30_000), 'and at this age of its first record (wall clock)'),
    blockBytes: setting(wholeNumber.min(1_024).default(256 * 1024), 'of an Avro block before compression'),
    graceMs: setting(ms.default(120_000), 'an hour can be sealed this long after its end'),
  },
  mongo: {
    uri: setting(z.string().default('mongodb://127.0.0.1:27017/?directConnection=true'), 'MongoDB connection string', {
      secret: true,
      ofStack: true,
      also: ['MONGODB_URI'],
    }),
    database: setting(z.string().min(1).default('tendance'), 'database name'),
  },
  temporal: {
    address: setting(z.string().default('127.0.0.1:7233'), 'host:port of the frontend', {
      ofStack: true,
      also: ['TEMPORAL_ADDRESS'],
    }),
    namespace: setting(z.string().default('default'), 'namespace', { also: ['TEMPORAL_NAMESPACE'] }),
    uiUrl: setting(z.string().default('http://127.0.0.1:8233'), 'for links to runs', { ofStack: true }),
    apiKey: setting(z.string().optional(), 'for Temporal Cloud', { secret: true, also: ['TEMPORAL_API_KEY'] }),
    tls: setting(
      z.union([z.boolean(), z.stringbool()]).optional(),
      'TLS to the frontend. Not set: on with an API key, certificates or a server name',
    ),
    caFile: setting(z.string().optional(), 'PEM file of the authorities that sign the frontend’s certificate'),
    certFile: setting(z.string().optional(), 'PEM file of our own certificate, where the frontend asks for one'),
    keyFile: setting(z.string().optional(), 'PEM file of the key of temporal.certFile'),
    serverName: setting(z.string().optional(), 'name in the frontend’s certificate, if not that of the address'),
    taskQueue: setting(z.string().default('tendance-batch'), 'task queue of the batch workers'),
  },
  ingest: {
    futureMaxMs: setting(ms.default(3_600_000), 'a record further in the future is a dead letter'),
    stateDir: setting(z.string().default('.tendance/state'), 'where positions of sources are kept'),
  },
  speed: {
    flushMs: setting(ms.default(500), 'how often counts are written'),
    latenessMs: setting(ms.default(60_000), 'a slot stays open this long behind the greatest event time'),
    idleMs: setting(ms.default(30_000), 'a partition without records for this long does not hold the watermark back'),
  },
  batch: {
    threads: setting(wholeNumber.min(0).default(0), 'counting threads of a batch worker; 0: as many as cores'),
    fanOutBytes: setting(
      wholeNumber.min(1).default(256 * 1024 * 1024),
      'an hour above it is counted by partition, in several activities',
    ),
    keepEditionsMs: setting(ms.default(7 * 86_400_000), 'retired, rejected and failed editions stay this long'),
    extractors: setting(
      z.string().default(''),
      'extractors of the first edition, such as hashtags=hashtags@1; empty: the boards’ own',
    ),
  },
  clocks: {
    skewMaxMs: setting(
      ms.default(10_000),
      'a machine whose clock differs by more from that of HDFS, MongoDB or Temporal says so and seals nothing',
    ),
  },
  stack: {
    dataDir: setting(z.string().default('.tendance/stack'), 'data of the services started here'),
    portOffset: setting(port.default(0), 'added to every port of the services started here'),
    cacheDir: setting(
      z.string().default(defaultCacheDir),
      'what was built or resolved once; by default tendance/ in $XDG_CACHE_HOME or ~/.cache',
    ),
  },
  cli: {
    tz: setting(
      z.string().default(Intl.DateTimeFormat().resolvedOptions().timeZone),
      'time zone of what people type and read',
    ),
  },
  web: {
    host: setting(z.string().min(1).default('127.0.0.1'), 'address to listen on; beyond loopback only with a token'),
    port: setting(port.default(8_420), 'port of the page and the HTTP API; 0: any that is free'),
    token: setting(
      z.string().min(16).optional(),
      'of 16 characters or more: whoever sends it may change things; beyond loopback it is needed for reading too',
      { secret: true },
    ),
    hosts: setting(
      listOrNone.default([]),
      'further names by which the server may be asked (the Host header), with commas',
    ),
    origins: setting(
      listOrNone.default([]),
      'other sites whose pages may read the API (CORS), such as https://example.org',
    ),
    ratePerMinute: setting(wholeNumber.min(0).default(1_200), 'requests of one address to the API; 0: no limit'),
  },
  metrics: {
    host: setting(
      z.string().min(1).default('127.0.0.1'),
      'address where workers tell their metrics; they need no token',
    ),
    port: setting(
      port.optional(),
      'of the archive worker’s /metrics, /healthz and /readyz; speed, batch, ingest and web take the next four. 0: any that is free. Not set: off',
    ),
  },
  log: {
    level: setting(z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'), 'of the workers'),
  },
} as const satisfies Record<string, Record<string, Setting>>

type Settings = typeof settings
export type Config = {
  readonly [S in keyof Settings]: {
    readonly [K in keyof Settings[S]]: Settings[S][K] extends Setting<infer T> ? z.infer<T> : never
  }
}

/** Where a value came from. */
export type Origin = 'default' | `environment ${string}` | `file ${string}`

export interface ShownSetting {
  readonly key: string
  /** Masked when it is a secret. */
  readonly value: string
  readonly origin: Origin
  readonly environment: string
  readonly about: string
}

export interface LoadedConfig {
  readonly config: Config
  readonly shown: readonly ShownSetting[]
  /** What was left out of the environment, and why; said once in logs and by `tendance doctor`. */
  readonly warnings: readonly string[]
}

export function environmentName(section: string, key: string): string {
  return `TENDANCE_${section}_${key.replace(/[A-Z]/g, (letter) => `_${letter}`)}`.toUpperCase()
}

/** Query parameters of a connection string that are secrets themselves: passwords of keys, session tokens. */
const SECRET_PARAMETERS = /([?&](?:[^=&]*password|authMechanismProperties)=)[^&]*/gi

/** Hides the password in a URL, also one that holds an `@`, and all of any other secret. */
export function mask(value: string): string {
  if (!/^[a-z+]+:\/\//i.test(value)) return '***'
  return value.replace(/\/\/([^:/@]*):.*@/, '//$1:***@').replaceAll(SECRET_PARAMETERS, '$1***')
}

/** `127.0.0.1:9092` → `127.0.0.1:9292` for an offset of 200. */
function movePort(address: string, offset: number): string {
  return address.replace(/(127\.0\.0\.1:)(\d+)/, (_, host, port) => `${host}${Number(port) + offset}`)
}

const mayBeInFile = ({ secret, inFile }: Setting) => secret === true || inFile === true

/** The first of `names` that the environment gives, itself or as a file. */
function fromEnvironment(env: NodeJS.ProcessEnv, names: readonly string[], inFile: boolean): Given | undefined {
  for (const name of names) {
    const file = fileVariable(name)
    const given = eitherOr(
      { name, raw: env[name], origin: `environment ${name}` },
      { name: file, path: inFile ? env[file] : undefined, origin: `environment ${file}` },
    )
    if (given) return given
  }
  return undefined
}

function readFile(path: string): Record<string, Record<string, unknown>> {
  const fail = (why: string, cause?: unknown): never => {
    throw new AppError('bad-config', `configuration file ${path}: ${why}`, { cause, facts: { path } })
  }
  let json: unknown
  try {
    json = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    return fail(`cannot be read as JSON (${(error as Error).message})`, error)
  }
  const parsed = z.record(z.string(), z.record(z.string(), z.unknown())).safeParse(json)
  if (!parsed.success) return fail('must be an object of sections, each an object of settings')
  for (const [section, values] of Object.entries(parsed.data)) {
    const known = settings[section as keyof Settings] as Record<string, Setting> | undefined
    if (!known) fail(`unknown section '${section}'; there are: ${Object.keys(settings).join(', ')}`)
    const inFiles = new Set(
      Object.entries(known ?? {}).flatMap(([key, one]) => (mayBeInFile(one) ? [fileKey(key)] : [])),
    )
    for (const key of Object.keys(values)) {
      if (!known?.[key] && !inFiles.has(key))
        fail(`unknown setting '${section}.${key}'; there are: ${Object.keys(known ?? {}).join(', ')}`)
    }
  }
  return parsed.data
}

/**
 * Reads the configuration. `TENDANCE_CONFIG` names the file when `file` is not given.
 * @throws AppError `bad-config` naming the key, its value, where it came from and what is right.
 */
export function loadConfig(options: { env?: NodeJS.ProcessEnv; file?: string } = {}): LoadedConfig {
  const { env, links } = withoutServiceLinks(options.env ?? process.env)
  const warnings = [...linksWarning(links)]
  const file = options.file ?? env['TENDANCE_CONFIG']
  const fromFile = file ? readFile(file) : {}
  const known = new Set(['TENDANCE_CONFIG'])
  const shown: ShownSetting[] = []
  const config: Record<string, Record<string, unknown>> = {}
  const { portOffset } = settings.stack
  const offset =
    portOffset.schema.safeParse(env['TENDANCE_STACK_PORT_OFFSET'] || fromFile['stack']?.['portOffset']).data ?? 0
  for (const [section, keys] of Object.entries(settings) as [string, Record<string, Setting>][]) {
    const values: Record<string, unknown> = {}
    for (const [key, one] of Object.entries(keys)) {
      const { schema, about, secret, also, ofStack } = one
      const names = [environmentName(section, key), ...(also ?? [])]
      const inFile = mayBeInFile(one)
      for (const name of names) known.add(name)
      if (inFile) for (const name of names) known.add(fileVariable(name))
      const inSection = fromFile[section]
      const given =
        fromEnvironment(env, names, inFile) ??
        eitherOr(
          { name: `${section}.${key}`, raw: inSection?.[key], origin: `file ${file}` },
          {
            name: `${section}.${fileKey(key)}`,
            path: inFile ? inSection?.[fileKey(key)] : undefined,
            origin: `file ${file}`,
          },
        )
      const raw = given?.raw ?? inSection?.[key]
      const origin: Origin = given?.origin ?? (raw !== undefined ? `file ${file}` : 'default')
      const parsed = schema.safeParse(raw)
      if (!parsed.success) {
        const value = secret ? '***' : JSON.stringify(raw)
        throw new AppError(
          'bad-config',
          `${section}.${key} is ${value} (${origin}): ${parsed.error.issues[0]?.message}. It is ${about}`,
          {
            facts: { key: `${section}.${key}`, origin },
          },
        )
      }
      const move = (address: string) => movePort(address, offset)
      const moved = Array.isArray(parsed.data) ? parsed.data.map(move) : move(String(parsed.data))
      const value = ofStack && origin === 'default' && offset > 0 ? moved : parsed.data
      values[key] = value
      const text = value === undefined ? '' : String(value)
      shown.push({
        key: `${section}.${key}`,
        value: secret && text ? mask(text) : text,
        origin,
        environment: names[0]!,
        about,
      })
    }
    config[section] = Object.freeze(values)
  }
  for (const name of Object.keys(env)) {
    if (!name.startsWith('TENDANCE_') || name.startsWith('TENDANCE_TEST_') || known.has(name)) continue
    const nearest = nearestSetting(name, known, Object.keys(settings))
    if (nearest === undefined) {
      warnings.push(`ignored ${name}: it is no setting of Tendance ('tendance doctor' lists them)`)
      continue
    }
    throw new AppError(
      'bad-config',
      `unknown environment variable ${name}; the nearest right one is ${nearest}, 'tendance doctor' lists all`,
      { facts: { name, nearest } },
    )
  }
  return { config: Object.freeze(config) as unknown as Config, shown, warnings }
}
