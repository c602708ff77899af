/**
 * What tests on real services need: the shared stack's addresses, names that no other test has, a configuration that points
 * at both; and stacks of their own for tests that kill.
 */
import { randomBytes } from 'node:crypto'
import { inject } from 'vitest'
import type { Config } from '../app/config.ts'
import { type StackAddresses, stackEnvironment } from '../stack/addresses.ts'
import { Stack, type StackOptions } from '../stack/stack.ts'
import { testConfig, testSettings } from './test-settings.ts'

declare module 'vitest' {
  interface ProvidedContext {
    services: StackAddresses
  }
}

/** Addresses of the stack that the `services` project shares. */
export function services(): StackAddresses {
  return inject('services')
}

/** `prefix-` and eight hex digits: right for topics, databases, directories and workflow ids. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${randomBytes(4).toString('hex')}`
}

/** A configuration on `addresses` where every name is this test's own. `more` overrides, as environment variables. */
export function isolatedConfig(
  addresses: StackAddresses = services(),
  more: Readonly<Record<string, string>> = {},
): Config {
  const name = uniqueName('test')
  return testConfig({
    ...stackEnvironment(addresses),
    TENDANCE_KAFKA_TOPIC_PREFIX: `${name}.`,
    TENDANCE_KAFKA_GROUP_PREFIX: `${name}.`,
    TENDANCE_LAKE_ROOT: `/${name}`,
    TENDANCE_MONGO_DATABASE: name,
    TENDANCE_TEMPORAL_TASK_QUEUE: name,
    TENDANCE_LOG_LEVEL: 'silent',
    ...more,
  })
}

export interface OwnStack extends AsyncDisposable {
  readonly stack: Stack
  readonly addresses: StackAddresses
}

/**
 * A stack of this test alone, for tests that kill and restart: `await using own = await startOwnStack({ brokers: 3 })`.
 * One at a time (the `faults` project runs one file after another). Its data is deleted before and after.
 */
export async function startOwnStack(
  options: Pick<StackOptions, 'services' | 'brokers' | 'datanodes' | 'heapMb'> = {},
): Promise<OwnStack> {
  const { dataDir, cacheDir, environment, ownPortOffset } = testSettings()
  const place = { dataDir: dataDir('own'), cacheDir, environment }
  await new Stack(place).down({ wipe: true })
  const stack = new Stack({ ...place, ...options, portOffset: ownPortOffset })
  const wipe = () => stack.down({ wipe: true })
  try {
    await stack.up()
  } catch (error) {
    await wipe()
    throw error
  }
  return { stack, addresses: stack.addresses, [Symbol.asyncDispose]: wipe }
}
