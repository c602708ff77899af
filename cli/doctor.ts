/**
 * `tendance doctor`: every setting with where it comes from, then each service: address, version, and what to do when it
 * does not answer.
 */
import { request } from 'node:http'
import { type Config, mask } from '../app/config.ts'
import { createKafka, kafkaError } from '../kafka/client.ts'
import { openStore } from '../lake/open-store.ts'
import { type ClockReading, skewOf, skewText } from '../model/clocks.ts'
import { AppError, messageOf } from '../model/errors.ts'
import { silentLogger } from '../model/log.ts'
import { connectClient } from '../temporal/connection.ts'
import { openViews } from '../views/views.ts'
import { probeLog } from './log-probe.ts'
import { tryKafkaRights, tryLakeRights, tryMongoRights } from './rights.ts'

export interface Finding {
  readonly service: string
  readonly address: string
  readonly ok: boolean
  /** Its version and what is worth knowing, or what is wrong and how to mend it. */
  readonly about: string
  readonly ms: number
}

interface Probe {
  readonly service: string
  readonly address: string
  run(signal: AbortSignal): Promise<string>
}

const PROBE_TIMEOUT_MS = 7_000

function probesOf(config: Config): readonly Probe[] {
  const { kafka, lake, mongo, temporal } = config
  return [
    {
      service: 'Node',
      address: process.execPath,
      run: async () => {
        if (Number(process.versions.node.split('.')[0]) >= 24) return process.version
        throw new AppError(
          'unavailable',
          `${process.version}: Tendance needs 24 or later; start it with 'npx tendance'`,
        )
      },
    },
    { service: 'Kafka', address: kafka.brokers.join(','), run: () => probeKafka(config) },
    { service: 'Lake', address: `${lake.url}${lake.root}`, run: (signal) => probeLake(config, signal) },
    { service: 'Log', address: `${lake.root}/posts/generations`, run: () => probeLog(config) },
    { service: 'MongoDB', address: mask(mongo.uri), run: () => probeMongo(config) },
    { service: 'Temporal', address: temporal.address, run: () => probeTemporal(config) },
    {
      service: 'Temporal UI',
      address: temporal.uiUrl,
      run: async (signal) => {
        const { status } = await get(temporal.uiUrl, signal)
        return `answers ${status}`
      },
    },
  ]
}

/** Probes all services at once. Resolves to one finding each, in a fixed order; never rejects. `onProgress`: how many have answered. */
export function probeServices(
  config: Config,
  onProgress: (answered: number, of: number) => void = () => {},
): Promise<readonly Finding[]> {
  const probes = probesOf(config)
  let answered = 0
  return Promise.all(
    probes.map(async ({ service, address, run }) => {
      const started = performance.now()
      const signal = AbortSignal.timeout(PROBE_TIMEOUT_MS)
      const silence = new Promise<never>((_, reject) =>
        signal.addEventListener('abort', () =>
          reject(new AppError('unavailable', `no answer in ${PROBE_TIMEOUT_MS} ms`)),
        ),
      )
      const settled = await Promise.race([run(signal), silence]).then(
        (about) => ({ ok: true, about }),
        (error) => ({ ok: false, about: messageOf(error) }),
      )
      onProgress(++answered, probes.length)
      return { service, address, ...settled, ms: Math.round(performance.now() - started) }
    }),
  )
}

async function probeKafka(config: Config): Promise<string> {
  const connection = createKafka(config, 'tendance-doctor', silentLogger, 0)
  const admin = connection.kafka.admin()
  try {
    await admin.connect()
    const { brokers, clusterId } = await admin.describeCluster()
    const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(config.kafka.topicPrefix))
    const rights = await tryKafkaRights(connection, config)
    return `${brokers.length} broker${brokers.length === 1 ? '' : 's'}, cluster ${clusterId}, ${topics.length} of our topics, ${rights}`
  } catch (error) {
    throw kafkaError(connection, 'probe', error)
  } finally {
    await admin.disconnect()
  }
}

/**
 * What a service's clock says, beside this machine's.
 * @throws AppError `conflict` when they differ by more than workers put up with
 */
function compareClocks({ clocks }: Config, reading: ClockReading): void {
  const skew = { service: reading.service, skewMs: skewOf(reading) }
  if (Math.abs(skew.skewMs) <= clocks.skewMaxMs) return
  const message = `${skewText([skew])}, more than ${clocks.skewMaxMs} ms (clocks.skewMaxMs): set it by NTP, or mend the clock of ${skew.service}; a batch worker here seals nothing`
  throw new AppError('conflict', message, { facts: { ...skew } })
}

async function probeLake(config: Config, signal: AbortSignal): Promise<string> {
  const { url } = config.lake
  if (url.startsWith('file:')) return 'a local folder'
  // a NameNode's JMX tells more, but a gateway, a pair and one that asks who we are give it to nobody: there the store itself is asked
  if (!/^http:\/\/[^/,]+\/?$/.test(url)) {
    await using store = openStore(config.lake, { retries: { firstWaitMs: 50, waitMsMax: 200, totalMs: 2_000 } })
    await store.stat('/')
    return `WebHDFS answers, ${await tryLakeRights(config)}`
  }
  const bean = async (name: string): Promise<Record<string, unknown>> => {
    const { body } = await get(`${url}/jmx?qry=Hadoop:service=NameNode,name=${name}`, signal)
    return JSON.parse(body).beans?.[0] ?? {}
  }
  try {
    const [info, state] = await Promise.all([bean('NameNodeInfo'), bean('FSNamesystemState')])
    if (state['FSState'] !== 'Operational')
      throw new Error(`the NameNode is in ${state['FSState']}; it leaves by itself when its DataNodes are up`)
    const askedAt = Date.now()
    const { date } = await get(`${url}/jmx?qry=none:none=none`, signal)
    const at = Date.parse(date ?? '')
    const reading = { service: 'HDFS', at, spanMs: 1_000, askedAt, answeredAt: Date.now() } as const
    if (!Number.isNaN(at)) compareClocks(config, reading)
    const rights = await tryLakeRights(config)
    return `HDFS ${info['SoftwareVersion']}, ${state['NumLiveDataNodes']} DataNode(s) live, ${rights}`
  } catch (error) {
    if (error instanceof AppError) throw error
    throw new AppError(
      'unavailable',
      `WebHDFS does not answer as it should at ${url} (${messageOf(error)}): start it with 'tendance stack up', or set TENDANCE_LAKE_URL`,
      { cause: error },
    )
  }
}

async function probeMongo(config: Config): Promise<string> {
  await using views = await openViews({ ...config.mongo, appName: 'tendance-doctor' })
  const { version } = await views.probe()
  const askedAt = Date.now()
  const at = await views.time()
  if (at !== null) compareClocks(config, { service: 'MongoDB', at, spanMs: 1, askedAt, answeredAt: Date.now() })
  return `version ${version}, database ${config.mongo.database}, ${await tryMongoRights(views, config)}`
}

async function probeTemporal(config: Config): Promise<string> {
  await using connected = await connectClient(config.temporal, { patienceMs: 0 })
  const { workflowService } = connected.connection
  const { serverVersion } = await workflowService.getSystemInfo({})
  // What a worker and the schedules need to see; starting a run is not tried.
  const { namespace } = config.temporal
  await workflowService.describeNamespace({ namespace })
  await workflowService.listSchedules({ namespace, maximumPageSize: 1 })
  return `server ${serverVersion}, namespace ${config.temporal.namespace}, task queue ${config.temporal.taskQueue}`
}

function get(url: string, signal: AbortSignal): Promise<{ status: number; body: string; date: string | undefined }> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { signal }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const { statusCode: status = 0, headersDistinct } = response
        // Hadoop sends the header twice, and Node joins the two
        resolve({ status, body: Buffer.concat(chunks).toString(), date: headersDistinct['date']?.[0] })
      })
    })
    sent.on('error', reject)
    sent.end()
  })
}
