/**
 * A real broker with every way in that Tendance knows: mutual TLS, and SASL over TLS with PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 and
 * OAUTHBEARER (Kafka's own validator, which checks signatures against the token server's keys). Access control is on.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCommand } from '../../stack/install/command.ts'
import { installJars } from '../../stack/install/jars.ts'
import { requireJava } from '../../stack/install/tools.ts'
import { silentReporter } from '../../stack/reporter.ts'
import { daemonFlags, FORMAT_FLAGS } from '../../stack/services/java.ts'
import { serverPorts, testSettings } from '../test-settings.ts'
import { type Authority, type Certificate, createAuthority } from './certificates.ts'
import { startChild } from './child.ts'
import { startTokenServer, type TokenServer } from './token-server.ts'

export interface SecuredKafka extends AsyncDisposable {
  /** Without any protection; its users may do everything. */
  readonly plaintext: string
  /** Clients must show a certificate of `authority`. */
  readonly mutualTls: string
  readonly saslTls: string
  readonly authority: Authority
  readonly folder: string
  /** Signed by the authority: may do everything. */
  readonly client: Certificate
  readonly tokens: TokenServer
}

/** Users of PLAIN and SCRAM, with their passwords. `guest` may do nothing that is not allowed by an ACL of its own. */
export const PASSWORDS = {
  alice: 'alice-secret-7',
  bob: 'bob-secret-7',
  carol: 'carol-secret-7',
  guest: 'guest-secret-7',
}
export const OAUTH_CLIENT = { id: 'tendance-client', secret: 'client: secret/7 ü' }

const SERVER_NAMES = ['localhost', '127.0.0.1']

export async function startSecuredKafka(): Promise<SecuredKafka> {
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'tendance-secured-kafka-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const authority = await createAuthority(folder)
  const server = await authority.sign('broker', SERVER_NAMES)
  const client = await authority.sign('tendance')
  const tokens = stack.use(
    await startTokenServer({
      clientId: OAUTH_CLIENT.id,
      clientSecret: OAUTH_CLIENT.secret,
      issuer: 'https://tokens.test',
      audience: 'kafka',
    }),
  )
  const [plain, controller, mutual, sasl] = serverPorts('kafka', 4)
  const { cacheDir, environment } = testSettings()
  const [java, jars] = await Promise.all([
    requireJava(environment),
    installJars('kafka', { cacheDir, environment, reporter: silentReporter }),
  ])
  const settings = join(folder, 'server.properties')
  const login = 'org.apache.kafka.common.security'
  await writeFile(
    settings,
    Object.entries({
      'process.roles': 'broker,controller',
      'node.id': 1,
      'controller.quorum.voters': `1@127.0.0.1:${controller}`,
      'controller.listener.names': 'CONTROLLER',
      listeners: `PLAINTEXT://127.0.0.1:${plain},SSL://127.0.0.1:${mutual},SASL_SSL://127.0.0.1:${sasl},CONTROLLER://127.0.0.1:${controller}`,
      'advertised.listeners': `PLAINTEXT://127.0.0.1:${plain},SSL://localhost:${mutual},SASL_SSL://localhost:${sasl}`,
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT',
      'inter.broker.listener.name': 'PLAINTEXT',
      'log.dirs': join(folder, 'log'),
      'auto.create.topics.enable': false,
      'offsets.topic.replication.factor': 1,
      'offsets.topic.num.partitions': 2,
      'group.initial.rebalance.delay.ms': 0,
      'num.network.threads': 2,
      'num.io.threads': 4,
      'log.cleaner.dedupe.buffer.size': 16_777_216,
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.location': server.storeFile,
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.location': authority.caFile,
      'listener.name.ssl.ssl.client.auth': 'required',
      'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
      'listener.name.sasl_ssl.plain.sasl.jaas.config': `${login}.plain.PlainLoginModule required ${['alice', 'guest'].map((name) => `user_${name}="${PASSWORDS[name as 'alice']}"`).join(' ')};`,
      'listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config': `${login}.scram.ScramLoginModule required;`,
      'listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config': `${login}.scram.ScramLoginModule required;`,
      'listener.name.sasl_ssl.oauthbearer.sasl.jaas.config': `${login}.oauthbearer.OAuthBearerLoginModule required;`,
      'listener.name.sasl_ssl.oauthbearer.sasl.server.callback.handler.class': `${login}.oauthbearer.OAuthBearerValidatorCallbackHandler`,
      'listener.name.sasl_ssl.oauthbearer.sasl.oauthbearer.jwks.endpoint.url': tokens.jwksUrl,
      'listener.name.sasl_ssl.oauthbearer.sasl.oauthbearer.expected.audience': 'kafka',
      'listener.name.sasl_ssl.oauthbearer.sasl.oauthbearer.expected.issuer': 'https://tokens.test',
      'listener.name.sasl_ssl.oauthbearer.connections.max.reauth.ms': 3_600_000,
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'super.users': `User:ANONYMOUS;User:CN=tendance;User:alice;User:bob;User:carol;User:${OAUTH_CLIENT.id}`,
    })
      .map(([key, value]) => `${key}=${value}\n`)
      .join(''),
  )
  const quiet = '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn'
  const classPath = ['-cp', join(jars, '*')]
  const scram = [
    `SCRAM-SHA-256=[name=bob,password=${PASSWORDS.bob}]`,
    `SCRAM-SHA-512=[name=carol,password=${PASSWORDS.carol}]`,
  ]
  const format = ['kafka.tools.StorageTool', 'format', '-t', 'VGVuZGFuY2VTdGFja0thZg', '-c', settings]
  await mkdir(join(folder, 'run'))
  await runCommand(
    java,
    [...FORMAT_FLAGS, quiet, ...classPath, ...format, ...scram.flatMap((user) => ['--add-scram', user])],
    { environment },
  )
  stack.use(
    await startChild({
      file: java,
      args: [
        ...daemonFlags(256),
        quiet,
        '-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info',
        `-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=${tokens.jwksUrl}`,
        ...classPath,
        'kafka.Kafka',
        settings,
      ],
      cwd: join(folder, 'run'),
      logFile: join(folder, 'broker.log'),
      isReady: (log) => log().includes('Kafka Server started'),
    }),
  )
  const own = stack.move()
  return {
    plaintext: `127.0.0.1:${plain}`,
    mutualTls: `localhost:${mutual}`,
    saslTls: `localhost:${sasl}`,
    authority,
    folder,
    client,
    tokens,
    [Symbol.asyncDispose]: () => own.disposeAsync(),
  }
}
