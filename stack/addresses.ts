/** Where a stack's services are reached, as addresses and as the environment that Tendance's configuration understands. */
import { numbers, type StackSize } from './names.ts'
import { HOST, type Ports } from './ports.ts'
import { mongodbUri } from './services/mongodb.ts'

export interface StackAddresses {
  /** host:port */
  readonly temporal: string
  readonly temporalUi: string
  readonly temporalMetrics: string
  /** host:port of every broker */
  readonly kafka: readonly string[]
  readonly webhdfs: string
  readonly mongodb: string
}

export function stackAddresses(ports: Ports, size: StackSize, ownMongodb: string | undefined): StackAddresses {
  return {
    temporal: `${HOST}:${ports.temporal.frontend}`,
    temporalUi: `http://${HOST}:${ports.temporal.ui}`,
    temporalMetrics: `http://${HOST}:${ports.temporal.metrics}/metrics`,
    kafka: numbers(size.brokers).map((i) => `${HOST}:${ports.kafka(i).client}`),
    webhdfs: `http://${HOST}:${ports.namenode.http}`,
    mongodb: ownMongodb ?? mongodbUri(ports.mongodb.client),
  }
}

/** The variables that make app/config.ts point at this stack. */
export function stackEnvironment(addresses: StackAddresses): Readonly<Record<string, string>> {
  return {
    TENDANCE_KAFKA_BROKERS: addresses.kafka.join(','),
    TENDANCE_LAKE_URL: addresses.webhdfs,
    TENDANCE_MONGO_URI: addresses.mongodb,
    TENDANCE_TEMPORAL_ADDRESS: addresses.temporal,
    TENDANCE_TEMPORAL_UI_URL: addresses.temporalUi,
  }
}
