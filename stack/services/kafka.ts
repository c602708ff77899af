/** Kafka in KRaft mode: each process is broker and controller in one; a quorum of one or three. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runCommand } from '../install/command.ts'
import { installJars } from '../install/jars.ts'
import { requireJava } from '../install/tools.ts'
import { numbers } from '../names.ts'
import { HOST } from '../ports.ts'
import { acceptsConnections } from '../probes.ts'
import { formatOnce } from './format-once.ts'
import { daemonFlags, FORMAT_FLAGS, FORMAT_TIMEOUT_MS } from './java.ts'
import { dataFolder, installContext, logFile, type ProcessSpec, type SpecContext } from './process-spec.ts'

/** Any 16 bytes in base64url; the same for ever, because the data carries it. */
const CLUSTER_ID = 'VGVuZGFuY2VTdGFja0thZg'
const LOG_FLAGS = [
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  '-Dorg.slf4j.simpleLogger.showDateTime=true',
  '-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS',
  // At info it says 'Kafka Server started', after the broker is registered and unfenced: the sign we wait for.
  '-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info',
  '-Dorg.slf4j.simpleLogger.log.org.apache.kafka.common.utils.AppInfoParser=error',
]
const STARTED = 'Kafka Server started'

export function kafkaBroker(context: SpecContext, broker: number): ProcessSpec {
  const name = `kafka-${broker}` as const
  const ports = context.ports.kafka(broker)
  const folder = dataFolder(context, name)
  const settings = join(folder, 'server.properties')
  return {
    name,
    service: 'kafka',
    ports: [
      { process: name, use: 'clients', port: ports.client },
      { process: name, use: 'controller', port: ports.controller },
    ],
    address: `${HOST}:${ports.client}`,

    async prepare() {
      const [java, jars] = await Promise.all([
        requireJava(context.environment),
        installJars('kafka', installContext(context)),
      ])
      await mkdir(folder, { recursive: true })
      await writeFile(settings, brokerSettings(context, broker))
      const classPath = join(jars, '*')
      const format = ['kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', settings]
      const quiet = '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn'
      await formatOnce(join(folder, 'log'), join(folder, 'formatted'), () =>
        runCommand(java, [...FORMAT_FLAGS, quiet, '-cp', classPath, ...format], {
          environment: context.environment,
          timeoutMs: FORMAT_TIMEOUT_MS,
        }),
      )
      const flags = [...daemonFlags(context.heapMb), '-XX:MaxDirectMemorySize=128m', ...LOG_FLAGS]
      return {
        file: java,
        args: [...flags, '-cp', classPath, 'kafka.Kafka', settings],
        environment: context.environment,
      }
    },

    async waitsFor() {
      if (!(await acceptsConnections(ports.client))) return `port ${ports.client}`
      const log = await readFile(logFile(context, name), 'utf8')
      return log.includes(STARTED) ? undefined : `'${STARTED}' in its log`
    },
  }
}

export function brokerSettings(context: Pick<SpecContext, 'dataDir' | 'ports' | 'size'>, broker: number): string {
  const { brokers } = context.size
  const ports = context.ports.kafka(broker)
  const replication = Math.min(brokers, 3)
  const inSync = brokers < 3 ? 1 : 2
  const voters = numbers(brokers).map((i) => `${i}@${HOST}:${context.ports.kafka(i).controller}`)
  return properties({
    'process.roles': 'broker,controller',
    'node.id': broker,
    'controller.quorum.voters': voters.join(','),
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://${HOST}:${ports.client},CONTROLLER://${HOST}:${ports.controller}`,
    'advertised.listeners': `PLAINTEXT://${HOST}:${ports.client}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': join(dataFolder(context, `kafka-${broker}`), 'log'),
    'auto.create.topics.enable': false,
    'default.replication.factor': replication,
    'min.insync.replicas': inSync,
    'offsets.topic.replication.factor': replication,
    'offsets.topic.num.partitions': 8,
    'transaction.state.log.replication.factor': replication,
    'transaction.state.log.min.isr': inSync,
    'transaction.state.log.num.partitions': 8,
    'share.coordinator.state.topic.replication.factor': replication,
    'share.coordinator.state.topic.min.isr': inSync,
    'group.initial.rebalance.delay.ms': 0,
    // A killed broker comes back when its old session has expired: 6 s here, 9 s by default.
    'broker.session.timeout.ms': 6_000,
    'broker.heartbeat.interval.ms': 1_000,
    'num.network.threads': 2,
    'num.io.threads': 4,
    'background.threads': 2,
    'log.cleaner.dedupe.buffer.size': 16_777_216,
  })
}

function properties(settings: Readonly<Record<string, string | number | boolean>>): string {
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${String(value).replaceAll('\\', '\\\\')}\n`)
    .join('')
}
