/**
 * A producer that is not ours: it writes in transactions, aborts some of them, and half of its records have a later version of the
 * schema. So its topic has holes in its offsets (markers, aborted records), and files of two schemas come out.
 *
 * What a transaction was for readers when the broker died during its end is for readers to say: only what was confirmed is
 * promised, and only what was confirmed as aborted must never be seen.
 */
import { setTimeout as delay } from 'node:timers/promises'
import avsc from 'avsc'
import { Kafka, logLevel, type Producer } from 'kafkajs'
import { partitionOf } from '../../kafka/partition.ts'
import { singleObjectHeader } from '../../model/streams/fingerprint.ts'
import type { Post } from '../../model/streams/posts.ts'
import type { AvroSchema } from '../../model/streams/stream.ts'
import type { Generated } from '../../model/synthetic/generator.ts'
import { createRandom, type Random } from '../../model/synthetic/random.ts'

export interface ForeignOptions {
  readonly brokers: readonly string[]
  readonly topic: string
  readonly partitions: number
  readonly seed: number
  /** The versions that it writes, in turn by chance. */
  readonly schemas: readonly AvroSchema[]
  readonly posts: Iterator<Generated>
  readonly onSent: (generated: Generated) => void
}

export interface ForeignAccount {
  readonly committed: ReadonlySet<string>
  readonly aborted: ReadonlySet<string>
  readonly transactions: number
}

const ABORTED_SHARE = 0.25
const PAUSE_MS = 150
const POSTS_MAX = 60
const RETRY_MS = 500

/** Writes until `signal` is aborted. */
export async function runForeignProducer(options: ForeignOptions, signal: AbortSignal): Promise<ForeignAccount> {
  const random = createRandom(options.seed, 0)
  const encoders = options.schemas.map(encoderOf)
  const kafka = new Kafka({
    clientId: 'foreign',
    brokers: [...options.brokers],
    logLevel: logLevel.NOTHING,
    retry: { retries: 3 },
  })
  const committed = new Set<string>()
  const aborted = new Set<string>()
  let transactions = 0
  let producer: Producer | undefined
  while (!signal.aborted) {
    const isDoomed = random.unit() < ABORTED_SHARE
    const chosen = draw(options, random, isDoomed)
    try {
      producer ??= await connect(kafka, options.topic)
      const transaction = await producer.transaction()
      for (const [partition, messages] of Map.groupBy(
        chosen.map(({ post }) => messageOf(post, encoders[random.below(encoders.length)]!, options.partitions)),
        ({ partition }) => partition,
      )) {
        await transaction.send({
          topic: options.topic,
          acks: -1,
          messages: messages.map((one) => ({ ...one, partition })),
        })
      }
      await (isDoomed ? transaction.abort() : transaction.commit())
      transactions += 1
      for (const { post } of chosen) (isDoomed ? aborted : committed).add(post.id)
    } catch {
      // The broker is away, or a new one does not know this producer: a new one begins by ending what the old one left open.
      await producer?.disconnect().catch(() => {})
      producer = undefined
      await delay(RETRY_MS)
    }
    await delay(random.below(2 * PAUSE_MS))
  }
  await producer?.disconnect().catch(() => {})
  return { committed, aborted, transactions }
}

/** Posts of a transaction. Those that will be aborted have ids of their own, so that seeing one is proof of a fault. */
function draw({ posts, onSent }: ForeignOptions, random: Random, isDoomed: boolean): readonly Generated[] {
  const chosen: Generated[] = []
  for (let count = 1 + random.below(POSTS_MAX); count > 0; count--) {
    const next = posts.next()
    if (next.done) throw new Error('the foreign producer has no posts left: give it more')
    const generated = isDoomed
      ? { ...next.value, post: { ...next.value.post, id: `aborted:${next.value.post.id}` } }
      : next.value
    onSent(generated)
    chosen.push(generated)
  }
  return chosen
}

async function connect(kafka: Kafka, topic: string): Promise<Producer> {
  const producer = kafka.producer({ transactionalId: `foreign-${topic}`, idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  return producer
}

type Encoder = (post: Post) => Buffer

function encoderOf(schema: AvroSchema): Encoder {
  const type = avsc.Type.forSchema(schema as unknown as avsc.Schema)
  const header = singleObjectHeader(schema)
  return (post) => Buffer.concat([header, type.toBuffer(type.clone(post, { fieldDefaults: true } as never))])
}

function messageOf(post: Post, encode: Encoder, partitions: number) {
  const key = Buffer.from(post.id)
  return { key, value: encode(post), timestamp: String(post.created_at), partition: partitionOf(key, partitions) }
}
