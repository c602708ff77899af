import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { portsOf } from '../../stack/ports.ts'
import { hadoopXml, hdfsSettings } from '../../stack/services/hdfs-settings.ts'
import { brokerSettings } from '../../stack/services/kafka.ts'
import { searchAttributes } from '../../temporal/names.ts'

const context = (brokers: number, datanodes = 1) => ({
  dataDir: '/data of mine',
  ports: portsOf(100),
  size: { brokers, datanodes },
})

describe("a broker's settings", () => {
  it('name every voter and its own addresses', () => {
    const settings = brokerSettings(context(3), 2)
    expect(settings).toContain('controller.quorum.voters=1@127.0.0.1:9193,2@127.0.0.1:9203,3@127.0.0.1:9213\n')
    expect(settings).toContain('listeners=PLAINTEXT://127.0.0.1:9202,CONTROLLER://127.0.0.1:9203\n')
    expect(settings).toContain('log.dirs=/data of mine/kafka-2/log\n')
  })

  it('survive the loss of one broker of three, and ask no more than one of one', () => {
    expect(brokerSettings(context(3), 1)).toMatch(/default\.replication\.factor=3\nmin\.insync\.replicas=2\n/)
    expect(brokerSettings(context(1), 1)).toMatch(/default\.replication\.factor=1\nmin\.insync\.replicas=1\n/)
  })

  it('create no topic because somebody misspelled one', () => {
    expect(brokerSettings(context(1), 1)).toContain('auto.create.topics.enable=false\n')
  })
})

describe("HDFS's settings", () => {
  it('keep as many copies as there are DataNodes, at most three', () => {
    expect(hdfsSettings(context(1, 2)).hdfs['dfs.replication']).toBe(2)
    expect(hdfsSettings(context(1, 9)).hdfs['dfs.replication']).toBe(3)
  })

  it('are a URL where Hadoop wants one, also with spaces in it, and XML', () => {
    const { hdfs } = hdfsSettings(context(1))
    expect(hdfs['dfs.namenode.name.dir']).toBe('file:///data%20of%20mine/hdfs-namenode/names')
    expect(hadoopXml({ a: '<&>' })).toContain('<name>a</name><value>&lt;&amp;&gt;</value>')
  })
})

describe('docker-compose.yml', () => {
  const compose = readFileSync(new URL('../../docker-compose.yml', import.meta.url), 'utf8')
  const { temporal, kafka, namenode, datanode, mongodb } = portsOf(0)

  it.each([
    ...Object.values(temporal),
    ...[1, 2, 3].map((i) => kafka(i).client),
    ...Object.values(namenode),
    ...Object.values(datanode(1)),
    mongodb.client,
  ])('publishes port %i on the loopback, as the stack does', (port) => {
    expect(compose).toContain(`- 127.0.0.1:${port}:${port}\n`)
  })

  it('publishes nothing beyond the loopback', () => {
    const published = compose.match(/^ +- [\d.]*:?\d+:\d+$/gm) ?? []
    expect(published.length).toBeGreaterThan(10)
    expect(published.filter((line) => !line.includes('- 127.0.0.1:'))).toEqual([])
  })

  it('tells Temporal the search attributes that the workflows set', () => {
    for (const { name } of Object.values(searchAttributes)) expect(compose).toContain(`--search-attribute=${name}=`)
  })

  it('pins every image', () => {
    const images = compose.match(/image: \S+/g) ?? []
    expect(images.length).toBeGreaterThan(3)
    for (const image of images) expect(image).toMatch(/:\d+\.\d+\.\d+$/)
  })
})
