/** Every way into a real broker that asks for certificates, users or tokens; beside each the twin that it turns away. */
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ensureTopic } from '../../kafka/admin.ts'
import { createKafka } from '../../kafka/client.ts'
import { createSafeProducer } from '../../kafka/producer.ts'
import { readToEnd } from '../../kafka/read-to-end.ts'
import { openTopicIds } from '../../kafka/topic-id.ts'
import { messageOf } from '../../model/errors.ts'
import { silentLogger } from '../../model/log.ts'
import { createAuthority, encryptKey } from '../servers/certificates.ts'
import { OAUTH_CLIENT, PASSWORDS, type SecuredKafka, startSecuredKafka } from '../servers/secured-kafka.ts'
import { uniqueName } from '../services.ts'
import { testConfig } from '../test-settings.ts'

type Variables = Readonly<Record<string, string>>

let broker: SecuredKafka
beforeAll(async () => {
  broker = await startSecuredKafka()
})
afterAll(() => broker[Symbol.asyncDispose]())

const tls = (): Variables => ({ KAFKA_SSL: 'true', KAFKA_CA_FILE: broker.authority.caFile })
const sasl = (mechanism: string, username: string, password: string): Variables => ({
  ...tls(),
  KAFKA_BROKERS: broker.saslTls,
  KAFKA_SASL_MECHANISM: mechanism,
  KAFKA_USERNAME: username,
  KAFKA_PASSWORD: password,
})
const oauth = (more: Variables = {}): Variables => ({
  ...tls(),
  KAFKA_BROKERS: broker.saslTls,
  KAFKA_SASL_MECHANISM: 'OAUTHBEARER',
  KAFKA_OAUTH_TOKEN_URL: broker.tokens.tokenUrl,
  KAFKA_OAUTH_CLIENT_ID: OAUTH_CLIENT.id,
  KAFKA_OAUTH_CLIENT_SECRET: OAUTH_CLIENT.secret,
  KAFKA_OAUTH_SCOPE: 'read write',
  ...more,
})
const certificate = (more: Variables = {}): Variables => ({
  ...tls(),
  KAFKA_BROKERS: broker.mutualTls,
  KAFKA_CERT_FILE: broker.client.certFile,
  KAFKA_KEY_FILE: broker.client.keyFile,
  ...more,
})

function connect(variables: Variables, retries = 1) {
  const env = Object.fromEntries(Object.entries(variables).map(([name, value]) => [`TENDANCE_${name}`, value]))
  return createKafka(testConfig(env), 'test', silentLogger, retries)
}

/** Makes a topic, sends a message through the producer that ingest uses, reads it in a group, and asks for the topic's id. */
async function roundTrip(variables: Variables): Promise<string | undefined> {
  const connection = connect(variables)
  const topic = uniqueName('secured')
  await ensureTopic(connection, topic, { partitions: 1, replication: 1, retentionBytes: -1 })
  await using ids = openTopicIds(connection, topic)
  const identity = await ids.ask()
  if (!/^[0-9a-f-]{36}$/.test(identity?.id ?? '')) throw new Error(`no id of ${topic}`)
  await using producer = await createSafeProducer({ connection, topic })
  const value = Buffer.from(`through ${topic}`)
  await producer.send([{ partition: 0, messages: [{ key: Buffer.from('k'), value, timestamp: Date.now() }] }])
  let read: string | undefined
  await readToEnd(connection, {
    topic,
    groupId: uniqueName('secured'),
    from: 'earliest, then commit',
    take: async ([message]) => {
      read = message?.value?.toString()
    },
    logger: silentLogger,
    signal: AbortSignal.timeout(20_000),
  })
  return read === `through ${topic}` ? 'came back' : read
}

/** What is said when no topic can be made this way. */
async function refusal(variables: Variables): Promise<string> {
  try {
    await ensureTopic(connect(variables, 0), uniqueName('refused'), {
      partitions: 1,
      replication: 1,
      retentionBytes: -1,
    })
    return 'nothing: it was let in'
  } catch (error) {
    return reasons(error).join('; ')
  }
}

function reasons(error: unknown): readonly string[] {
  return error instanceof Error ? [messageOf(error), ...reasons(error.cause)] : []
}

describe('a broker over TLS', () => {
  it.each([
    ['a client certificate', () => certificate()],
    ['PLAIN', () => sasl('PLAIN', 'alice', PASSWORDS.alice)],
    [
      'SCRAM-SHA-256, which is meant when no mechanism is set',
      () => {
        const { KAFKA_SASL_MECHANISM: _, ...rest } = sasl('', 'bob', PASSWORDS.bob)
        return rest
      },
    ],
    ['SCRAM-SHA-512', () => sasl('scram-sha-512', 'carol', PASSWORDS.carol)],
    ['OAUTHBEARER', () => oauth()],
  ])('takes and gives records by %s', async (_, variables) => {
    expect(await roundTrip(variables())).toBe('came back')
  })

  it('takes a key that a password opens', async () => {
    const keyFile = await encryptKey(broker.client.keyFile, 'opens-the-key')
    expect(await roundTrip(certificate({ KAFKA_KEY_FILE: keyFile, KAFKA_KEY_PASSWORD: 'opens-the-key' }))).toBe(
      'came back',
    )
    const wrong = () => connect(certificate({ KAFKA_KEY_FILE: keyFile, KAFKA_KEY_PASSWORD: 'another' }))
    expect(wrong).toThrow(/the files for TLS to Kafka cannot be used/)
    expect(wrong).not.toThrow(/another\b/)
  })

  it('is believed only when the right authority has signed it, under the name it is asked by', async () => {
    const other = await createAuthority(broker.folder, 'another-authority')
    const { KAFKA_CA_FILE: _, ...unnamed } = certificate()
    expect(await refusal(unnamed)).toMatch(/self-signed|unable to (verify|get)/)
    expect(await refusal(certificate({ KAFKA_CA_FILE: other.caFile }))).toMatch(/self-signed|unable to (verify|get)/)
    const named = certificate({ KAFKA_SERVER_NAME: 'kafka.example.org' })
    expect(await refusal(named)).toMatch(/kafka\.example\.org/)
    expect(await refusal(certificate({ KAFKA_SERVER_NAME: 'localhost' }))).toBe('nothing: it was let in')
  })

  it('turns away who has no certificate, or one of another authority', async () => {
    const other = await (await createAuthority(broker.folder, 'foreign-authority')).sign('tendance')
    const { KAFKA_CERT_FILE: _, KAFKA_KEY_FILE: __, ...bare } = certificate()
    expect(await refusal(bare)).not.toBe('nothing: it was let in')
    const foreign = certificate({ KAFKA_CERT_FILE: other.certFile, KAFKA_KEY_FILE: other.keyFile })
    expect(await refusal(foreign)).not.toBe('nothing: it was let in')
  })

  it.each(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'])(
    'turns away a wrong password by %s, which no message shows',
    async (mechanism) => {
      const said = await refusal(sasl(mechanism, 'alice', 'not-the-password'))
      expect(said).toMatch(/[Aa]uthentication failed|SASL/)
      expect(said).not.toContain('not-the-password')
    },
  )

  it('says what the token server said, and never the secret', async () => {
    const said = await refusal(oauth({ KAFKA_OAUTH_CLIENT_SECRET: 'not-the-secret' }))
    expect(said).toMatch(
      /gives client 'tendance-client' no token: HTTP 401, invalid_client unknown client or wrong secret/,
    )
    expect(said).not.toContain('not-the-secret')
    expect(await refusal(oauth({ KAFKA_OAUTH_TOKEN_URL: 'http://127.0.0.1:9/token' }))).toMatch(
      /token server at .* does not answer/,
    )
  })

  it('is sent a new token before the old one ends', async () => {
    const connection = connect(oauth())
    const topic = uniqueName('renewed')
    await ensureTopic(connection, topic, { partitions: 1, replication: 1, retentionBytes: -1 })
    broker.tokens.set({ lifeS: 12 })
    try {
      await using producer = await createSafeProducer({ connection: connect(oauth()), topic })
      const message = { key: Buffer.from('k'), value: Buffer.from('v'), timestamp: Date.now() }
      const { given } = broker.tokens
      // the broker closes a connection whose token has ended: sending goes on beyond that only with a new one
      for (const until = Date.now() + 13_000; Date.now() < until; await delay(300)) {
        await producer.send([{ partition: 0, messages: [message] }])
      }
      expect(broker.tokens.given - given).toBeGreaterThan(1)
    } finally {
      broker.tokens.set({ lifeS: 300 })
    }
  })
})
