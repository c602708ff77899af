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

  it.each([
    ['mongodb://anna:p@ss@db/?tls=true', 'mongodb://anna:***@db/?tls=true'],
    ['mongodb://anna:a/b?c@db/', 'mongodb://anna:***@db/'],
    [
      'mongodb://db/?tlsCertificateKeyFilePassword=geheim&tls=true',
      'mongodb://db/?tlsCertificateKeyFilePassword=***&tls=true',
    ],
    ['mongodb://db/?authMechanismProperties=AWS_SESSION_TOKEN:geheim', 'mongodb://db/?authMechanismProperties=***'],
    ['mongodb://db/?directConnection=true', 'mongodb://db/?directConnection=true'],
  ])('masks %s', (uri, masked) => {
    const { shown } = loadConfig({ env: { MONGODB_URI: uri } })
    expect(shown.find(({ key }) => key === 'mongo.uri')?.value).toBe(masked)
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

describe('a secret in a file', () => {
  it.each([
    ['TENDANCE_KAFKA_PASSWORD_FILE', 'kafka.password'],
    ['TENDANCE_KAFKA_USERNAME_FILE', 'kafka.username'],
    ['TENDANCE_KAFKA_OAUTH_CLIENT_SECRET_FILE', 'kafka.oauthClientSecret'],
    ['MONGODB_URI_FILE', 'mongo.uri'],
    ['TENDANCE_MONGO_URI_FILE', 'mongo.uri'],
    ['TEMPORAL_API_KEY_FILE', 'temporal.apiKey'],
    ['TENDANCE_WEB_TOKEN_FILE', 'web.token'],
  ])('is read from %s, without the newline at its end', (name, key) => {
    const path = fileWith('geheim-geheim-geheim\r\n\n')
    const { config, shown } = loadConfig({ env: { [name]: path } })
    const [section, setting] = key.split('.') as ['kafka', 'password']
    expect(config[section][setting]).toBe('geheim-geheim-geheim')
    expect(shown.find((one) => one.key === key)?.origin).toBe(`environment ${name}`)
    if (key !== 'kafka.username') expect(JSON.stringify(shown)).not.toContain('geheim')
  })

  it('may be named in the configuration file, and the environment goes before it', () => {
    const path = fileWith('from a file\n')
    const file = fileWith(JSON.stringify({ kafka: { passwordFile: path } }))
    expect(loadConfig({ env: {}, file }).config.kafka.password).toBe('from a file')
    const env = { TENDANCE_KAFKA_PASSWORD: 'from the environment' }
    expect(loadConfig({ env, file }).config.kafka.password).toBe('from the environment')
  })

  it('keeps spaces and newlines inside it', () => {
    expect(loadConfig({ env: { TENDANCE_KAFKA_PASSWORD_FILE: fileWith(' a\nb \n') } }).config.kafka.password).toBe(
      ' a\nb ',
    )
  })

  it.each([
    [
      { TENDANCE_KAFKA_PASSWORD: 'geheim', TENDANCE_KAFKA_PASSWORD_FILE: '/x' },
      /both TENDANCE_KAFKA_PASSWORD and TENDANCE_KAFKA_PASSWORD_FILE are set/,
    ],
    [{ MONGODB_URI_FILE: '/nowhere/uri' }, /MONGODB_URI_FILE names the file '\/nowhere\/uri', which cannot be read/],
    [{ TENDANCE_WEB_TOKEN_FILE: fileWith('\n') }, /TENDANCE_WEB_TOKEN_FILE names the file .* is empty/],
    [{ TENDANCE_KAFKA_BROKERS_FILE: '/x' }, /unknown environment variable TENDANCE_KAFKA_BROKERS_FILE/],
  ])('is refused: %o', (env, message) => {
    expect(() => loadConfig({ env })).toThrow(message)
    expect(() => loadConfig({ env })).not.toThrow(/geheim/)
  })

  it('is refused when the configuration file names it beside the secret, and for what is no secret', () => {
    const both = fileWith('{"kafka": {"password": "a", "passwordFile": "b"}}')
    expect(() => loadConfig({ env: {}, file: both })).toThrow(/both kafka\.password and kafka\.passwordFile are set/)
    const plain = fileWith('{"kafka": {"brokersFile": "b"}}')
    expect(() => loadConfig({ env: {}, file: plain })).toThrow(/unknown setting 'kafka\.brokersFile'/)
  })
})
