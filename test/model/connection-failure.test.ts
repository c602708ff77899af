/** Why a connection failed, for each kind: what was said is quoted, and the fix is one that helps. */
import { describe, expect, it } from 'vitest'
import { connectionFailure, type Endpoint } from '../../model/connection-failure.ts'

const KAFKA: Endpoint = {
  service: 'Kafka',
  address: 'broker.example:9093',
  tls: false,
  settings: { address: 'BROKERS', tls: 'SSL=true', ca: 'CA_FILE', clientCertificate: 'CERT_FILE' },
}
const error = (message: string, code?: string) => Object.assign(new Error(message), code ? { code } : {})

describe('a connection that failed', () => {
  it.each([
    [error('connect ECONNREFUSED 10.0.0.1:9093', 'ECONNREFUSED'), 'refused', /10\.0\.0\.1.*is it up/],
    [error('getaddrinfo ENOTFOUND broker.example', 'ENOTFOUND'), 'unresolved', /BROKERS/],
    [error('Connection timeout'), 'silent', /Connection timeout/],
    [
      error('unable to verify the first certificate', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'),
      'unknown-authority',
      /CA_FILE/,
    ],
    [error('self-signed certificate', 'DEPTH_ZERO_SELF_SIGNED_CERT'), 'unknown-authority', /CA_FILE/],
    [error('certificate has expired', 'CERT_HAS_EXPIRED'), 'expired', /renew it/],
    [
      error("Hostname/IP does not match certificate's altnames", 'ERR_TLS_CERT_ALTNAME_INVALID'),
      'other-name',
      /altnames/,
    ],
    [error('ssl3_read_bytes:tlsv13 alert certificate required', 'EPROTO'), 'client-certificate', /CERT_FILE/],
    [error('ssl3_get_record:wrong version number', 'EPROTO'), 'not-tls', /take SSL=true away/],
    [error('Parse Error: Expected HTTP/', 'HPE_INVALID_CONSTANT'), 'other-service', /BROKERS/],
    [error('read ECONNRESET', 'ECONNRESET'), 'closed', /closes the connection/],
  ])('says of %s: %s', (cause, kind, text) => {
    const failure = connectionFailure(new Error('retries exceeded', { cause }), KAFKA)
    expect(failure?.kind).toBe(kind)
    expect(failure?.text).toMatch(text)
    expect(failure?.text).not.toContain('stack up')
  })

  it('is mended by stack up only where nothing listens on this machine', () => {
    const refused = error('connect ECONNREFUSED 127.0.0.1:9092', 'ECONNREFUSED')
    expect(connectionFailure(refused, { ...KAFKA, address: '127.0.0.1:9092' })?.text).toContain('tendance stack up')
    const reset = error('read ECONNRESET', 'ECONNRESET')
    expect(connectionFailure(reset, { ...KAFKA, address: '127.0.0.1:9092' })?.text).not.toContain('stack up')
  })

  it('is known better when the port was asked', () => {
    const closed = error('Closed connection')
    const http = { status: '400 Bad Request', server: 'nginx' }
    expect(connectionFailure(closed, KAFKA, { http })?.text).toMatch(/'400 Bad Request', server: nginx/)
    const tls = { subject: 'kafka', issuer: 'Our CA', validTo: 'tomorrow' }
    expect(connectionFailure(closed, KAFKA, { tls })?.text).toMatch(/of kafka, issued by Our CA.*SSL=true/)
    expect(connectionFailure(error('disk full'), KAFKA)).toBeUndefined()
  })
})
