/**
 * What `tendance doctor` tries beyond an answer: whether this user may do what workers do. Each step that is refused is named, with what is
 * missing; what was made for it is deleted again.
 */
import { randomBytes } from 'node:crypto'
import type { Config } from '../app/config.ts'
import type { KafkaConnection } from '../kafka/client.ts'
import { openStore } from '../lake/open-store.ts'
import { AppError, messageOf } from '../model/errors.ts'
import { deadLetterTopicOf } from '../model/streams/stream.ts'
import type { Views } from '../views/views.ts'

const RETRIES = { firstWaitMs: 50, waitMsMax: 200, totalMs: 2_000 }

interface Step {
  /** Completes "may not …". */
  readonly what: string
  /** What would allow it. */
  readonly fix: string
  run(): Promise<unknown>
}

/** Runs the steps in order. @throws AppError `denied` naming the first that was refused; others are passed on as they are */
async function tryAll(who: string, steps: readonly Step[]): Promise<void> {
  for (const { what, fix, run } of steps) {
    try {
      await run()
    } catch (error) {
      if (error instanceof AppError && error.code === 'unavailable') throw error
      throw new AppError('denied', `${who} may not ${what} (${messageOf(error)}): ${fix}`, { cause: error })
    }
  }
}

/** The lake's user writes, renames without clobbering, and deletes below its root, as every commit does. */
export async function tryLakeRights({ lake }: Pick<Config, 'lake'>): Promise<string> {
  await using store = openStore(lake, { retries: RETRIES })
  const folder = `${lake.root}/posts/tmp/doctor-${randomBytes(6).toString('hex')}`
  const fix = `let user ${lake.user} write below ${lake.root} (hdfs dfs -chown -R ${lake.user} ${lake.root}), and look at the quota`
  await tryAll(`HDFS user ${lake.user}`, [
    { what: `create ${folder}/a`, fix, run: () => store.create(`${folder}/a`, [Buffer.from('doctor')]) },
    { what: `rename ${folder}/a`, fix, run: () => store.renameNoClobber(`${folder}/a`, `${folder}/b`) },
    { what: `list ${folder}`, fix, run: () => store.list(folder) },
    { what: `delete ${folder}`, fix, run: () => store.delete(folder, { recursive: true }) },
  ])
  return 'may write, rename and delete'
}

/** Topics are created, and groups read, without changing anything: a creation is only validated. Writing is not tried. */
export async function tryKafkaRights(connection: KafkaConnection, { kafka }: Pick<Config, 'kafka'>): Promise<string> {
  const { topicPrefix, groupPrefix } = kafka
  const admin = connection.kafka.admin()
  await admin.connect()
  try {
    const groups = ['archive', 'speed'].map((name) => `${groupPrefix}${name}`)
    await tryAll('this Kafka user', [
      {
        what: `create topics such as ${deadLetterTopicOf(topicPrefix, 'posts')}`,
        fix: `allow Create and Describe on topics that begin with ${topicPrefix}, or create them`,
        run: () =>
          admin.createTopics({
            validateOnly: true,
            waitForLeaders: false,
            topics: [{ topic: `${topicPrefix}doctor-${Date.now()}` }],
          }),
      },
      {
        what: `read what groups ${groups.join(', ')} have committed`,
        fix: `allow Read on groups that begin with ${groupPrefix}`,
        run: async () => {
          for (const groupId of groups) await admin.fetchOffsets({ groupId })
        },
      },
    ])
    return 'may create topics and read its groups'
  } finally {
    await admin.disconnect()
  }
}

/** A document is written and deleted, and the indexes of workers are made. */
export async function tryMongoRights(
  views: Pick<Views, 'probeWrite' | 'ensureIndexes'>,
  { mongo }: Pick<Config, 'mongo'>,
): Promise<string> {
  const fix = `grant readWrite on database ${mongo.database}`
  await tryAll('this MongoDB user', [
    { what: `write in database ${mongo.database}`, fix, run: () => views.probeWrite() },
    { what: `create indexes in database ${mongo.database}`, fix, run: () => views.ensureIndexes() },
  ])
  return 'may write and make indexes'
}
