import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../app/config.ts'

/** What a kubelet writes for a Service of that name with a port of that name, as in its documentation of service links. */
function serviceLinks(service: string, port: number, portName: string): Record<string, string> {
  const name = service.toUpperCase().replaceAll('-', '_')
  const ip = '10.96.12.7'
  return {
    [`${name}_SERVICE_HOST`]: ip,
    [`${name}_SERVICE_PORT`]: String(port),
    [`${name}_SERVICE_PORT_${portName.toUpperCase()}`]: String(port),
    [`${name}_PORT`]: `tcp://${ip}:${port}`,
    [`${name}_PORT_${port}_TCP`]: `tcp://${ip}:${port}`,
    [`${name}_PORT_${port}_TCP_PROTO`]: 'tcp',
    [`${name}_PORT_${port}_TCP_PORT`]: String(port),
    [`${name}_PORT_${port}_TCP_ADDR`]: ip,
  }
}

describe('what Kubernetes writes for Services', () => {
  const SERVICES = [
    ['tendance-web', 8_420, 'http'],
    ['tendance-metrics', 9_464, 'metrics'],
    ['tendance-kafka', 9_092, 'plain'],
    ['tendance', 80, 'http'],
  ] as const

  it.each(SERVICES)('is ignored with one warning: a Service %s', (service, port, name) => {
    const links = serviceLinks(service, port, name)
    const { config, warnings, shown } = loadConfig({ env: links })
    expect(config.web.port).toBe(8_420)
    expect(config.metrics.port).toBeUndefined()
    expect(shown.every(({ origin }) => origin === 'default')).toBe(true)
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toContain('and 7 more: Kubernetes sets them')
    expect(warnings[0]).toContain('enableServiceLinks: false')
  })

  it('does not hide what people set beside it', () => {
    const env = { ...serviceLinks('tendance-kafka', 9_092, 'plain'), TENDANCE_WEB_PORT: '9000' }
    expect(loadConfig({ env }).config.web.port).toBe(9_000)
    expect(() => loadConfig({ env: { ...env, TENDANCE_WEB_PORT: 'http://x' } })).toThrow(/web\.port is "http:/)
  })

  it('says nothing when there is nothing', () => {
    expect(loadConfig({ env: { PATH: '/bin', KUBERNETES_SERVICE_HOST: '10.0.0.1' } }).warnings).toEqual([])
  })
})

describe('other variables that are no settings', () => {
  it.each([
    ['TENDANCE_KAFA_BROKERS', 'TENDANCE_KAFKA_BROKERS'],
    ['TENDANCE_WEB_PROT', 'TENDANCE_WEB_PORT'],
    ['TENDANCE_WEBPORT', 'TENDANCE_WEB_PORT'],
    ['TENDANCE_LAKE_DIRECTORY', undefined],
    ['TENDANCE_CONFG', 'TENDANCE_CONFIG'],
  ])('%s looks like a setting and is refused', (name, nearest) => {
    expect(() => loadConfig({ env: { [name]: 'x' } })).toThrow(
      nearest ? `unknown environment variable ${name}; the nearest right one is ${nearest}` : name,
    )
  })

  it('TENDANCE_IMAGE does not, and is a warning', () => {
    const { warnings } = loadConfig({ env: { TENDANCE_IMAGE: 'registry/tendance:1' } })
    expect(warnings).toEqual(["ignored TENDANCE_IMAGE: it is no setting of Tendance ('tendance doctor' lists them)"])
  })
})
