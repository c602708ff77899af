import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { environmentName, loadConfig } from '../../app/config.ts'

const fileWith = (content: string) => {
  const path = join(mkdtempSync(join(tmpdir(), 'config-')), 'tendance.json')
  writeFileSync(path, content)
  return path
}

describe('configuration', () => {
  it('takes the environment over the file over the default, and says which', () => {
    const file = fileWith('{"kafka": {"partitions": 8, "topicPrefix": "mine."}}')
    const { config, shown } = loadConfig({ env: { TENDANCE_KAFKA_PARTITIONS: '16' }, file })
    expect(config.kafka).toMatchObject({ partitions: 16, topicPrefix: 'mine.', groupPrefix: 'tendance.' })
    const origin = (key: string) => shown.find((setting) => setting.key === key)?.origin
    expect(origin('kafka.partitions')).toBe('environment TENDANCE_KAFKA_PARTITIONS')
    expect(origin('kafka.topicPrefix')).toBe(`file ${file}`)
    expect(origin('kafka.groupPrefix')).toBe('default')
  })

  it('is frozen, sections too', () => {
    const { config } = loadConfig({ env: {} })
    expect(Object.isFrozen(config) && Object.values(config).every(Object.isFrozen)).toBe(true)
  })

  it.each([
    [{ TENDANCE_KAFKA_PARTITIONS: 'many' }, /kafka\.partitions is "many" \(environment TENDANCE_KAFKA_PARTITIONS\)/],
    [{ TENDANCE_KAFA_BROKERS: 'x' }, /unknown environment variable TENDANCE_KAFA_BROKERS/],
    [{ TENDANCE_LAKE_ROOT: 'relative' }, /lake\.root/],
  ])('refuses %o and names what and where', (env, message) => {
    expect(() => loadConfig({ env })).toThrow(message)
  })

  it.each([
    ['{"kafa": {}}', /unknown section 'kafa'; there are: kafka/],
    ['{"kafka": {"brokres": 1}}', /unknown setting 'kafka\.brokres'; there are: brokers/],
    ['{', /cannot be read as JSON/],
    ['[1]', /must be an object of sections/],
  ])('refuses the file %s', (content, message) => {
    expect(() => loadConfig({ env: {}, file: fileWith(content) })).toThrow(message)
  })

  it('masks secrets where it shows them, and nowhere else', () => {
    const env = { MONGODB_URI: 'mongodb://anna:geheim@db/', TENDANCE_KAFKA_PASSWORD: 'streng' }
    const { config, shown } = loadConfig({ env })
    expect(config.mongo.uri).toContain('geheim')
    expect(JSON.stringify(shown)).not.toMatch(/geheim|streng/)
    expect(shown.find(({ key }) => key === 'mongo.uri')?.value).toBe('mongodb://anna:***@db/')
  })

  it('does not show a secret in the error about it either', () => {
    const broken = () => loadConfig({ env: { TENDANCE_KAFKA_PASSWORD: 'streng', TENDANCE_KAFKA_PARTITIONS: 'x' } })
    expect(broken).toThrow(/kafka\.partitions/)
    expect(broken).not.toThrow(/streng/)
  })

  it('moves the default addresses with the port offset of the stack, and only those', () => {
    const { config } = loadConfig({
      env: { TENDANCE_STACK_PORT_OFFSET: '200', TENDANCE_LAKE_URL: 'http://127.0.0.1:9870' },
    })
    expect(config.kafka.brokers).toEqual(['127.0.0.1:9292'])
    expect(config.temporal.address).toBe('127.0.0.1:7433')
    expect(config.mongo.uri).toContain('127.0.0.1:27217')
    expect(config.lake.url).toBe('http://127.0.0.1:9870')
  })

  it('comes back from a file as it was', () => {
    const { config } = loadConfig({ env: { TENDANCE_KAFKA_SSL: 'true', TENDANCE_KAFKA_BROKERS: 'a:1,b:2' } })
    expect(loadConfig({ env: {}, file: fileWith(JSON.stringify(config)) }).config).toEqual(config)
  })

  it('names environment variables after their keys', () => {
    expect(environmentName('kafka', 'topicPrefix')).toBe('TENDANCE_KAFKA_TOPIC_PREFIX')
  })
})
