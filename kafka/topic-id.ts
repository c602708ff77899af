/**
 * The id of a topic and its number of partitions. A topic that is deleted and made anew has the same name and begins at offset 0
 * again; only its id tells that it is another one, and an id never comes back. kafkajs cannot ask for it (it needs Metadata
 * version 10, which Kafka has since 2.8), so another client does.
 */
import { AppError, messageOf } from '../model/errors.ts'
import type { KafkaConnection } from './client.ts'
import { platformaticSecurity } from './security.ts'

export interface TopicIdentity {
  /** A UUID. Brokers older than 2.8 have none: then it is the topic's name, and a topic made anew is not noticed by it. */
  readonly id: string
  readonly partitions: number
}

export interface TopicIds extends AsyncDisposable {
  /**
   * What the topic is now, asked after this was called: an answer that was already on its way is not used. undefined: there is
   * no such topic.
   * @throws AppError `unavailable` when no broker answers, `denied` when this client may not ask
   */
  ask(): Promise<TopicIdentity | undefined>
}

const CONNECT_MS = 3_000
const ANSWER_MS = 10_000

/** Opens a connection of its own when it is asked first. About 2 ms an answer; those who ask at the same time share one. */
export function openTopicIds(connection: KafkaConnection, topic: string): TopicIds {
  const admin = lazily(() => openAdmin(connection))
  let asking: Promise<unknown> | undefined
  let next: Promise<TopicIdentity | undefined> | undefined

  const askNow = async (): Promise<TopicIdentity | undefined> => {
    try {
      const { topics } = await (await admin.get()).metadata({ topics: [topic], forceUpdate: true })
      const found = topics.get(topic)
      return found && { id: found.id, partitions: found.partitionsCount }
    } catch (error) {
      if (/^Unknown topic /.test(messageOf(error))) return undefined
      throw topicIdError(connection, topic, error)
    }
  }

  return {
    ask() {
      next ??= (async () => {
        await asking?.catch(() => {})
        const answer = askNow()
        asking = answer
        next = undefined
        return answer
      })()
      return next
    },
    async [Symbol.asyncDispose]() {
      await admin.made?.then((made) => made.close()).catch(() => {})
    },
  }
}

/** A client of @platformatic/kafka for administration; to be closed. */
export async function openAdmin(connection: KafkaConnection) {
  // loading it takes 0.3 s, which commands that do not need it should not wait for
  const { Admin } = await import('@platformatic/kafka')
  return new Admin(secondClientOptions(connection))
}

/** How the second client connects: as kafkajs does. */
export function secondClientOptions({ brokers, clientId, security }: KafkaConnection) {
  return {
    clientId,
    bootstrapBrokers: [...brokers],
    retries: Math.max(2, brokers.length),
    retryDelay: 250,
    connectTimeout: CONNECT_MS,
    requestTimeout: ANSWER_MS,
    ...platformaticSecurity(security, brokers),
  }
}

function topicIdError({ brokers }: KafkaConnection, topic: string, error: unknown): AppError {
  const why = reasonsOf(error).join('; ')
  return new AppError(
    /authoriz|authenticat|sasl/i.test(why) ? 'denied' : 'unavailable',
    `Kafka at ${brokers.join(', ')} does not tell the id of topic ${topic}: ${why}`,
    { cause: error, facts: { brokers, topic } },
  )
}

/** What this client throws has what went wrong inside: one error an attempt, in each its causes. */
function reasonsOf(error: unknown): readonly string[] {
  const inner = error instanceof AggregateError ? error.errors.flatMap(reasonsOf) : []
  return [...new Set([...inner, messageOf(error)])].slice(0, 5)
}

function lazily<T>(make: () => Promise<T>): { get(): Promise<T>; readonly made: Promise<T> | undefined } {
  let made: Promise<T> | undefined
  return {
    get() {
      made ??= make()
      return made
    },
    get made() {
      return made
    },
  }
}
