/**
 * What a test run can be told by the environment, so that several people can run tests on one machine at once:
 * `TENDANCE_TEST_PORT_OFFSET` (its own ports), `TENDANCE_TEST_STACK` (the data folder of a running stack to use instead of
 * starting one). Whatever else points Tendance somewhere is kept away from the tests.
 */
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Config, loadConfig } from '../app/config.ts'
import { type Environment, readEnvironment } from '../app/environment.ts'
import { AppError } from '../model/errors.ts'

/** Away from a stack in everyday use on the usual ports. */
const DEFAULT_OFFSET = 2_000
/** Faults tests have their own stacks beside the shared one; no two ports of the two layouts meet at this distance. */
const OWN_STACK_DISTANCE = 5_000

export interface TestSettings {
  readonly portOffset: number
  readonly ownPortOffset: number
  /** A running stack to use, if one was named. */
  readonly runningStack: string | undefined
  readonly dataDir: (name: string) => string
  readonly cacheDir: string
  readonly environment: Environment
}

export function testSettings(environment: Environment = readEnvironment()): TestSettings {
  const given = environment['TENDANCE_TEST_PORT_OFFSET']
  const portOffset = given ? Number(given) : DEFAULT_OFFSET
  if (!Number.isInteger(portOffset) || portOffset < 0 || portOffset > 25_000) {
    throw new AppError('bad-config', `TENDANCE_TEST_PORT_OFFSET is '${given}': it is a whole number from 0 to 25000`)
  }
  return {
    portOffset,
    ownPortOffset: portOffset + OWN_STACK_DISTANCE,
    runningStack: environment['TENDANCE_TEST_STACK'] || undefined,
    dataDir: (name) => join(tmpdir(), `tendance-test-${portOffset}`, name),
    cacheDir: cacheDirOf(environment),
    environment,
  }
}

const SERVER_PORTS = { hdfs: 8_100, kafka: 9_200 } as const

/**
 * Ports for the secured servers of a test file. Not any that are free: those are where the system puts outgoing connections, and one
 * may take a port before a server that needs seconds to start has it.
 */
export function serverPorts(server: keyof typeof SERVER_PORTS, count: number): readonly number[] {
  const first = SERVER_PORTS[server] + testSettings().ownPortOffset
  return Array.from({ length: count }, (_, i) => first + i)
}

/** Only the cache is taken over from a person's settings: it is what is expensive, and it holds no data. */
function cacheDirOf(environment: Environment): string {
  const given = environment['TENDANCE_STACK_CACHE_DIR']
  const env = given ? { TENDANCE_STACK_CACHE_DIR: given } : {}
  return testConfig(env).stack.cacheDir
}

/** A configuration of these settings and the defaults alone. */
export function testConfig(settings: Readonly<Record<string, string>>): Config {
  return loadConfig({ env: { ...settings } }).config
}
