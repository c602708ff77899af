/**
 * The Kafka client, made from configuration. kafkajs stays behind this room (client, admin, consumer, producer), so that it
 * can be exchanged.
 */
import { setTimeout as delay } from 'node:timers/promises'
import kafkajs, { Kafka, logLevel } from 'kafkajs'
import type { Config } from '../app/config.ts'
import { connectionFailure, type PortFinding } from '../model/connection-failure.ts'
import { AppError, messageOf } from '../model/errors.ts'
import type { Logger } from '../model/log.ts'
import { type Attempted, NO_WAIT_REPORTS, type WaitReports } from '../model/waiting.ts'
import { type KafkaSecurity, kafkajsSecurity, kafkaSecurity } from './security.ts'

// kafkajs spreads its error classes into module.exports, where Node does not see them as named exports
const { KafkaJSError } = kafkajs

export interface KafkaConnection {
  readonly kafka: Kafka
  readonly brokers: readonly string[]
  readonly clientId: string
  readonly security: KafkaSecurity
  readonly logger: Logger
  /** Takes every attempt, so that the process can say what it waits for. */
  readonly waits: WaitReports
  /** What kafkajs said last of a try that failed: it tries again by itself, and says why only in its log. */
  readonly lastFailure: () => string | undefined
}

/**
 * @param retries how patient it is with brokers that do not answer; 10 is about half a minute, 1 is for people who wait
 * @param waits takes every attempt: for workers
 */
export function createKafka(
  config: Pick<Config, 'kafka'>,
  clientId: string,
  logger: Logger,
  retries = 10,
  waits: WaitReports = NO_WAIT_REPORTS,
): KafkaConnection {
  const { brokers } = config.kafka
  const security = kafkaSecurity(config.kafka)
  const isNews = onceAWhile()
  let lastFailure: string | undefined
  const kafka = new Kafka({
    clientId,
    brokers: [...brokers],
    ...kafkajsSecurity(security),
    connectionTimeout: 3_000,
    requestTimeout: 30_000,
    retry: { initialRetryTime: 100, maxRetryTime: 5_000, retries },
    logLevel: logLevel.WARN,
    logCreator: () => (entry) => {
      const { message, timestamp: _timestamp, logger: _logger, ...facts } = entry.log
      // kafkajs reports every retry as an error; what is final comes to us as an exception
      if (entry.level === logLevel.ERROR && facts['error']) lastFailure = `${message}: ${facts['error']}`
      const isWorthIt = entry.level === logLevel.ERROR && isNews(`${message} ${facts['error']}`)
      logger[isWorthIt ? 'warn' : 'debug']({ kafka: entry.namespace, ...facts }, message)
    },
  })
  return { kafka, brokers, clientId, security, logger, waits, lastFailure: () => lastFailure }
}

/** kafkajs may try the same 60 times a second: one line in five seconds says as much. */
const REPEATED_MS = 5_000

/** Whether a text was not said for a while. */
function onceAWhile(): (text: string) => boolean {
  const saidAt = new Map<string, number>()
  return (text) => {
    const now = performance.now()
    const isNews = now - (saidAt.get(text) ?? Number.NEGATIVE_INFINITY) > REPEATED_MS
    if (isNews) {
      if (saidAt.size > 100) saidAt.clear()
      saidAt.set(text, now)
    }
    return isNews
  }
}

const CLUSTER_PATIENCE_MS = 20_000
const CLUSTER_PAUSE_MS = 500

/**
 * Tries again while one broker of several does not answer: kafkajs may ask just the one that is dead, and the others tell of its
 * death only when its session has expired. With a single broker there is nobody else to ask.
 */
export async function whileABrokerIsAway<T>(
  { brokers }: Pick<KafkaConnection, 'brokers'>,
  work: () => Promise<T>,
): Promise<T> {
  const deadline = performance.now() + CLUSTER_PATIENCE_MS
  for (;;) {
    try {
      return await work()
    } catch (error) {
      const another = brokers.length > 1 && error instanceof KafkaJSError && error.name === 'KafkaJSConnectionError'
      if (!another || performance.now() > deadline) throw error
      await delay(CLUSTER_PAUSE_MS)
    }
  }
}

/** What is asked of the brokers, for the list of waits. */
export function askedOfKafka({ brokers }: Pick<KafkaConnection, 'brokers'>, operation: string): Attempted {
  return { service: 'Kafka', address: brokers.join(', '), operation }
}

const SETTINGS = {
  address: 'TENDANCE_KAFKA_BROKERS',
  tls: 'TENDANCE_KAFKA_SSL=true',
  ca: 'TENDANCE_KAFKA_CA_FILE',
  clientCertificate: 'TENDANCE_KAFKA_CERT_FILE and TENDANCE_KAFKA_KEY_FILE',
} as const

/**
 * What kafkajs throws, as ours: what the other side said, and what to do.
 * @param finding what answers at the port, where it was asked (net/port-probe.ts)
 */
export function kafkaError(
  connection: Pick<KafkaConnection, 'brokers'> & Partial<Pick<KafkaConnection, 'security'>>,
  doing: string,
  error: unknown,
  finding?: PortFinding,
): AppError {
  if (error instanceof AppError) return error
  const address = connection.brokers.join(', ')
  const facts = { brokers: connection.brokers }
  const deepest = causeOf(error)
  if (deepest instanceof KafkaJSError && deepest.name === 'KafkaJSSASLAuthenticationError') {
    const text = `Kafka at ${address} refuses the credentials (${doing}: ${deepest.message}): check TENDANCE_KAFKA_USERNAME, TENDANCE_KAFKA_PASSWORD and TENDANCE_KAFKA_SASL_MECHANISM`
    return new AppError('denied', text, { cause: error, facts })
  }
  const kind = error instanceof KafkaJSError ? error.name : 'Error'
  if (/Connection|NumberOfRetriesExceeded|BrokerNotFound/.test(kind)) {
    const tls = connection.security?.tls !== undefined
    const failure = connectionFailure(error, { service: 'Kafka', address, tls, settings: SETTINGS }, finding)
    const text = failure?.text ?? `${messageOf(error)}: is it up, and is TENDANCE_KAFKA_BROKERS right?`
    return new AppError('unavailable', `Kafka does not answer at ${address} (${doing}): ${text}`, {
      cause: error,
      facts,
    })
  }
  const retry = error instanceof KafkaJSError && error.retriable ? 'later' : 'never'
  return new AppError(
    retry === 'later' ? 'unavailable' : 'internal',
    `Kafka at ${address}: ${doing}: ${messageOf(error)}`,
    { cause: error, retry },
  )
}

function causeOf(error: unknown): unknown {
  let at = error
  for (let i = 0; i < 5 && at instanceof Error && at.cause instanceof Error; i++) at = at.cause
  return at
}
