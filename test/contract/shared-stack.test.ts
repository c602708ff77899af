import { MongoClient } from 'mongodb'
import { describe, expect, it } from 'vitest'
import { isolatedConfig, services, uniqueName } from '../services.ts'

describe('the shared stack', () => {
  it('lets a test write to a database of its own', async () => {
    const config = isolatedConfig()
    const client = new MongoClient(config.mongo.uri)
    try {
      const collection = client.db(config.mongo.database).collection<{ _id: string; n: number }>(uniqueName('c'))
      await collection.insertOne({ _id: 'a', n: 1 })
      expect(await collection.findOne({ _id: 'a' })).toEqual({ _id: 'a', n: 1 })
      await client.db(config.mongo.database).dropDatabase()
    } finally {
      await client.close()
    }
  })

  it('answers on WebHDFS for any user name', async () => {
    const url = `${services().webhdfs}/webhdfs/v1/${uniqueName('d')}?op=MKDIRS&user.name=anybody`
    const response = await fetch(url, { method: 'PUT' })
    expect(await response.json()).toEqual({ boolean: true })
  })
})
