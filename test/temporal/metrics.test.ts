/** What the SDK's buffer gives, as Prometheus has it. */
import type { BufferedMetricUpdate } from '@temporalio/worker'
import { Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { apply } from '../../temporal/metrics.ts'

type Kind = BufferedMetricUpdate['metric']['kind']
const update = (kind: Kind, name: string, value: number, attributes = {}, unit?: string) =>
  ({ metric: { kind, name, unit, valueType: 'int', description: '' }, value, attributes }) as BufferedMetricUpdate

const textOf = async (...updates: readonly BufferedMetricUpdate[]) => {
  const registry = new Registry()
  for (const one of updates) apply(registry, one)
  return await registry.metrics()
}

describe('an update of the SDK', () => {
  it('adds to a counter, whose name ends as Prometheus wants it', async () => {
    const queue = { task_queue: 'q' }
    const text = await textOf(
      update('counter', 'temporal_request', 2, queue),
      update('counter', 'temporal_request', 3, queue),
    )
    expect(text).toContain('temporal_request_total{task_queue="q"} 5')
  })

  it('replaces a gauge and moves an up-down counter', async () => {
    const text = await textOf(
      update('gauge', 'temporal_slots', 7),
      update('gauge', 'temporal_slots', 4),
      update('up-down-counter', 'temporal_pollers', 2),
      update('up-down-counter', 'temporal_pollers', -1),
    )
    expect(text).toContain('temporal_slots 4')
    expect(text).toContain('temporal_pollers 1')
  })

  it('is observed by a histogram, in seconds', async () => {
    const text = await textOf(update('histogram', 'temporal_latency', 0.2, { operation: 'Poll' }, 's'))
    expect(text).toContain('temporal_latency_seconds_bucket{le="0.1",operation="Poll"} 0')
    expect(text).toContain('temporal_latency_seconds_bucket{le="0.5",operation="Poll"} 1')
  })

  it('may carry a label that nobody knew: it is left out, the value is not', async () => {
    const text = await textOf(update('counter', 'temporal_new', 1, { brand_new: 'x', namespace: 'default' }))
    expect(text).toContain('temporal_new_total{namespace="default"} 1')
  })
})
