import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { kafkajsSecurity, kafkaSecurity, platformaticSecurity } from '../../kafka/security.ts'
import { testConfig } from '../test-settings.ts'

const securityOf = (variables: Readonly<Record<string, string>>) =>
  kafkaSecurity(
    testConfig(Object.fromEntries(Object.entries(variables).map(([name, value]) => [`TENDANCE_KAFKA_${name}`, value])))
      .kafka,
  )

describe('how a connection to Kafka is protected', () => {
  it.each([
    [{}, { tls: undefined, sasl: undefined }],
    [{ SSL: 'true' }, { tls: {}, sasl: undefined }],
    [
      { USERNAME: 'u', PASSWORD: 'p' },
      { tls: undefined, sasl: { mechanism: 'scram-sha-256', username: 'u', password: 'p' } },
    ],
    [
      { SSL: 'true', SERVER_NAME: 'kafka.internal', SASL_MECHANISM: 'Plain', USERNAME: 'u', PASSWORD: 'p' },
      { tls: { servername: 'kafka.internal' }, sasl: { mechanism: 'plain', username: 'u', password: 'p' } },
    ],
  ])('follows from %o', (variables, security) => {
    expect(securityOf(variables)).toEqual(security)
  })

  const notPem = join(mkdtempSync(join(tmpdir(), 'security-')), 'not.pem')
  writeFileSync(notPem, 'this is no certificate')
  it.each([
    [{ CA_FILE: '/x' }, /kafka\.caFile is set, but TLS is off: set TENDANCE_KAFKA_SSL=true/],
    [{ SSL: 'true', CA_FILE: '/nowhere/ca' }, /kafka\.caFile names the file '\/nowhere\/ca', which cannot be read/],
    [{ SSL: 'true', CERT_FILE: notPem }, /kafka\.certFile is set alone.*TENDANCE_KAFKA_KEY_FILE/],
    [{ SSL: 'true', CERT_FILE: notPem, KEY_FILE: notPem }, /cannot be used .*not\.pem/],
    [{ USERNAME: 'u' }, /needs a user and a password: set TENDANCE_KAFKA_PASSWORD/],
    [{ PASSWORD: 'p' }, /needs a user and a password: set TENDANCE_KAFKA_USERNAME/],
    [{ SASL_MECHANISM: 'oauthbearer' }, /set TENDANCE_KAFKA_OAUTH_TOKEN_URL/],
    [{ SASL_MECHANISM: 'gssapi' }, /kafka\.saslMechanism is "gssapi"/],
  ])('refuses %o, naming what to set', (variables, message) => {
    expect(() => securityOf(variables)).toThrow(message)
  })

  it('says the same to both clients', async () => {
    const security = securityOf({ SSL: 'true', SASL_MECHANISM: 'scram-sha-512', USERNAME: 'u', PASSWORD: 'p' })
    expect(kafkajsSecurity(security)).toEqual({
      ssl: {},
      sasl: { mechanism: 'scram-sha-512', username: 'u', password: 'p' },
    })
    const sasl = { mechanism: 'SCRAM-SHA-512', username: 'u', password: 'p' }
    expect(platformaticSecurity(security, ['broker:9092'])).toEqual({ tls: {}, tlsServerName: true, sasl })
    expect(platformaticSecurity(security, ['10.0.0.1:9092'])).toEqual({ tls: {}, sasl })
    expect(platformaticSecurity(securityOf({}), ['broker:9092'])).toEqual({})
  })
})
