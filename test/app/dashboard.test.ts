/** The Grafana dashboard as JSON (test/contract/metrics.test.ts holds what it asks for against real workers). */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { expressionsOf } from '../contract/exported-metrics.ts'

interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets?: readonly { readonly refId: string; readonly instant?: boolean }[]
}

const dashboard = JSON.parse(readFileSync(new URL('../../docs/grafana/tendance.json', import.meta.url), 'utf8')) as {
  readonly panels: readonly Panel[]
}
const { panels } = dashboard

/** What Prometheus itself, the Temporal server and other Node programs tell under the same names, asked for without saying whose. */
function askedOfAnybody(expressions: readonly string[]): readonly string[] {
  const selectors = /\b(?:process|nodejs|temporal)_[a-z0-9_]+(\{[^}]*\})?/g
  return expressions.filter((text) =>
    [...text.matchAll(selectors)].some(([, labels = '']) => !/\bworker\b/.test(labels)),
  )
}

describe('the dashboard', () => {
  it('asks only our workers for what other programs tell too', () => {
    expect(askedOfAnybody(expressionsOf(dashboard))).toEqual([])
    expect(askedOfAnybody(['sum by (worker_type) (temporal_worker_task_slots_used)'])).toHaveLength(1)
    expect(askedOfAnybody(['rate(process_cpu_seconds_total{worker!=""}[5m])'])).toEqual([])
  })

  it('shows at a glance what is, not what was before a worker went away', () => {
    const stats = panels.filter(({ type }) => type === 'stat')
    expect(stats.length).toBeGreaterThan(3)
    expect(stats.filter(({ targets }) => !targets?.every(({ instant }) => instant))).toEqual([])
  })

  it('has no panel upon another, and gives no number twice', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
    const taken = new Map<string, string>()
    for (const { title, gridPos, targets = [] } of panels) {
      const { x, y, w, h } = gridPos
      expect(x + w, title).toBeLessThanOrEqual(24)
      for (let at = 0; at < w * h; at += 1) {
        const cell = `${x + (at % w)},${y + Math.floor(at / w)}`
        expect(taken.get(cell), `${title} at ${cell}`).toBeUndefined()
        taken.set(cell, title)
      }
      expect(new Set(targets.map(({ refId }) => refId)).size, title).toBe(targets.length)
    }
  })
})
