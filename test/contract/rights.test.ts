/** What `tendance doctor` tries of a user's rights: on the real services, and refused where it cannot be done. */
import { describe, expect, it } from 'vitest'
import { tryKafkaRights, tryLakeRights, tryMongoRights } from '../../cli/rights.ts'
import { createKafka } from '../../kafka/client.ts'
import { openStore } from '../../lake/open-store.ts'
import { silentLogger } from '../../model/log.ts'
import { openViews } from '../../views/views.ts'
import { isolatedConfig } from '../services.ts'

describe('rights that workers need', () => {
  it('are all there on a stack of our own, and trying them leaves nothing behind', async () => {
    const config = isolatedConfig()
    expect(await tryLakeRights(config)).toBe('may write, rename and delete')
    const kafka = createKafka(config, 'test', silentLogger)
    expect(await tryKafkaRights(kafka, config)).toBe('may create topics and read its groups')
    await using views = await openViews({ ...config.mongo, appName: 'test' })
    expect(await tryMongoRights(views, config)).toBe('may write and make indexes')
    await views.drop()
    await using store = openStore(config.lake)
    expect(await store.list(`${config.lake.root}/posts/tmp`)).toEqual([])
    const admin = kafka.kafka.admin()
    await admin.connect()
    expect((await admin.listTopics()).filter((topic) => topic.startsWith(config.kafka.topicPrefix))).toEqual([])
    await admin.disconnect()
  })

  it('that are missing are named with what would give them', async () => {
    const config = isolatedConfig()
    await using store = openStore(config.lake)
    // No directory can be made where a file stands, whoever asks.
    await store.create(config.lake.root, [Buffer.from('a file')])
    await expect(tryLakeRights(config)).rejects.toThrow(
      new RegExp(
        `HDFS user tendance may not create ${config.lake.root}/posts/tmp/doctor-.*: let user tendance write below`,
      ),
    )
    await store.delete(config.lake.root)
    const refusing = { probeWrite: () => Promise.reject(new Error('not authorized')), ensureIndexes: async () => {} }
    await expect(tryMongoRights(refusing, config)).rejects.toThrow(
      `this MongoDB user may not write in database ${config.mongo.database} (not authorized): grant readWrite`,
    )
  })
})
