/** The engine over a lake of hours in memory: whatever fails, each hour is computed, or set aside with its reason. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { planUnits } from '../../model/plan.ts'
import type { Progress } from '../../model/progress.ts'
import { CONCURRENCY_MAX } from '../../model/requests.ts'
import { type HourId, hoursBetween, nextHour } from '../../model/time.ts'
import { NOTHING_DONE, type PlanPage, type PlanRequest, type WorkDone } from '../../model/work.ts'
import { CATCH_UP_LIMITS, CatchUp, CatchUpFailed, type CatchUpPorts, type Outcome } from '../../workflows/catch-up.ts'

const FIRST = '2026-11-16T00' as HourId
const PAGE_HOURS = 20

interface Behaviour {
  /** Hours whose file is broken. */
  readonly corrupt?: ReadonlySet<HourId>
  /** Corrupt hours in which no file proves to be. */
  readonly unproven?: ReadonlySet<HourId>
  /** Hours that kill the worker that takes them. */
  readonly deadly?: ReadonlySet<HourId>
  /** How often a unit is answered by `unavailable` first. */
  readonly outages?: number
  readonly pageHours?: number
  /** Hours so large that they fan out. */
  readonly large?: ReadonlySet<HourId>
}

class FakeLake {
  readonly stale: Set<HourId>
  readonly computed = new Map<HourId, number>()
  readonly notes: string[] = []
  readonly looked: HourId[] = []
  slept = 0
  inFlight = 0
  inFlightMost = 0
  paused: Promise<void> = Promise.resolve()
  yieldNow = false
  readonly #behaviour: Behaviour
  #outages: number

  constructor(hours: readonly HourId[], behaviour: Behaviour = {}) {
    this.stale = new Set(hours)
    this.#behaviour = behaviour
    this.#outages = behaviour.outages ?? 0
  }

  ports(): CatchUpPorts {
    return {
      plan: (request) => this.#call(() => this.#plan(request)),
      computeStretch: ({ from, until, except }) =>
        this.#call(() => this.#compute(hoursBetween(from, until).filter((hour) => !except.includes(hour)))),
      countPartition: ({ hour, partition }) =>
        this.#call(() => ok([{ board: 'hashtags', partition, path: `${hour}/${partition}`, digest: 'd' }])),
      mergeHour: ({ hour, parts }) =>
        this.#call(() => (parts.length === 3 ? this.#compute([hour]) : failed('conflict'))),
      quarantineHour: ({ hour }) =>
        this.#call(() => {
          this.looked.push(hour)
          return this.#behaviour.unproven?.has(hour)
            ? ok({ files: [], records: 0 })
            : ok({ files: [{ path: `_${hour}`, reason: 'block 3 is broken' }], records: 7 })
        }),
      sleep: async () => {
        this.slept += 1
      },
      gate: () => this.paused,
      shouldYield: () => this.yieldNow,
      report: (change: Partial<Progress>) => {
        if (change.note) this.notes.push(change.note)
      },
    }
  }

  async #call<T>(answer: () => Outcome<T>): Promise<Outcome<T>> {
    this.inFlight += 1
    this.inFlightMost = Math.max(this.inFlightMost, this.inFlight)
    await new Promise((resolve) => setImmediate(resolve))
    this.inFlight -= 1
    if (this.#outages > 0) {
      this.#outages -= 1
      return failed('unavailable')
    }
    return answer()
  }

  #plan({ from, except, newestFirst }: PlanRequest): Outcome<PlanPage> {
    const { pageHours = PAGE_HOURS } = this.#behaviour
    const isAhead = (hour: HourId) => from === null || (newestFirst ? hour <= from : hour >= from)
    const sorted = [...this.stale].filter((hour) => !except.includes(hour) && isAhead(hour)).sort()
    const hours = newestFirst ? sorted.reverse() : sorted
    const page = hours.slice(0, pageHours).sort()
    const inOrder = planUnits(
      page.map((hour) => ({ hour, bytes: this.#behaviour.large?.has(hour) ? 100 : 1, partitions: [0, 1, 2] })),
      { unitBytesMax: 50, unitHoursMax: 7, fanOutBytes: 100, gapHoursMax: 5 },
    )
    const units = newestFirst ? inOrder.reverse() : inOrder
    const next = hours[pageHours] ?? null
    return ok({ units, looked: page.length, open: 0, next, ahead: Math.max(0, hours.length - pageHours) })
  }

  #compute(hours: readonly HourId[]): Outcome<WorkDone> {
    const { corrupt, deadly } = this.#behaviour
    if (hours.some((hour) => deadly?.has(hour))) return failed('timeout')
    let done: WorkDone = NOTHING_DONE
    for (const hour of hours.filter((one) => this.stale.has(one))) {
      if (corrupt?.has(hour)) {
        const one = { hour, code: 'corrupt', message: 'block 3 is broken', attempts: 1 }
        done = { ...done, failed: [...done.failed, one] }
        continue
      }
      this.stale.delete(hour)
      this.computed.set(hour, (this.computed.get(hour) ?? 0) + 1)
      done = { ...done, hours: done.hours + 1, records: done.records + 10 }
    }
    return ok(done)
  }
}

const ok = <T>(value: T): Outcome<T> => ({ ok: true, value })
const failed = (code: string): Outcome<never> => ({ ok: false, code, message: `${code} it is` })
const spec = { stream: 'posts', target: 1, from: null, passesMax: 10 } as const
const hoursFrom = (count: number) => hoursBetween(FIRST, nextHour(FIRST, count))

describe('bringing an edition up to date', () => {
  it('computes every stale hour once and then finds nothing stale', async () => {
    const hours = hoursFrom(130)
    const lake = new FakeLake(hours)
    const engine = new CatchUp(lake.ports(), spec)
    expect(await engine.run()).toBe('current')
    expect([...lake.computed.keys()].sort()).toEqual(hours)
    expect(new Set(lake.computed.values())).toEqual(new Set([1]))
    expect(engine.state.done).toMatchObject({ hours: 130, records: 1_300, failed: [] })
  })

  it('does nothing when there is nothing to do', async () => {
    const lake = new FakeLake([])
    expect(await new CatchUp(lake.ports(), spec).run()).toBe('current')
    expect(lake.computed.size).toBe(0)
  })

  it('fans a large hour out by partition and merges it', async () => {
    const hours = hoursFrom(9)
    const lake = new FakeLake(hours, { large: new Set([hours[4]!]) })
    await new CatchUp(lake.ports(), spec).run()
    expect([...lake.computed.keys()].sort()).toEqual(hours)
  })

  it('sets a corrupt hour aside with its reason and its quarantined file, and computes all others', async () => {
    const hours = hoursFrom(40)
    const lake = new FakeLake(hours, { corrupt: new Set([hours[11]!]) })
    const engine = new CatchUp(lake.ports(), spec)
    expect(await engine.run()).toBe('current')
    expect(lake.computed.size).toBe(39)
    const { attemptsMax: attempts } = CATCH_UP_LIMITS
    expect(engine.failed).toEqual([
      { hour: hours[11], code: 'corrupt', message: 'block 3 is broken', attempts, quarantined: [`_${hours[11]}`] },
    ])
  })

  it('quarantines nothing that does not prove corrupt, nothing for other failures, and waits for a lake that is away', async () => {
    const hours = hoursFrom(40)
    const corrupt = new Set([hours[11]!, hours[30]!])
    const lake = new FakeLake(hours, { corrupt, unproven: new Set([hours[30]!]), deadly: new Set([hours[5]!]) })
    const engine = new CatchUp(
      {
        ...lake.ports(),
        quarantineHour: async (request) =>
          lake.slept < 2 ? failed('unavailable') : lake.ports().quarantineHour(request),
      },
      spec,
    )
    await engine.run()
    expect(lake.slept).toBeGreaterThanOrEqual(2)
    expect(lake.looked.toSorted()).toEqual([hours[11], hours[30]])
    const aside = new Map(engine.failed.map(({ hour, quarantined }) => [hour, quarantined]))
    expect(aside).toEqual(
      new Map([...corrupt, hours[5]!].map((hour) => [hour, hour === hours[11] ? [`_${hour}`] : undefined])),
    )
  })

  it('carries what failed into the next run in less than 100 KB, whatever the messages, and stops beyond that', async () => {
    const hours = hoursFrom(400)
    const long = { code: 'corrupt', message: 'x'.repeat(5_000), attempts: 1 }
    const paths = ['a', 'b'].map((name) => `/tendance/posts/records/${name.repeat(100)}`)
    const ports: CatchUpPorts = {
      ...new FakeLake(hours).ports(),
      quarantineHour: async () => ok({ files: paths.map((path) => ({ path, reason: 'x' })), records: 1 }),
      plan: async ({ except }) => {
        const left = hours.filter((hour) => !except.includes(hour)).slice(0, CATCH_UP_LIMITS.failedMax / 2)
        const units = left.map(
          (hour) => ({ kind: 'stretch', from: hour, until: nextHour(hour), hours: 1, bytes: 1 }) as const,
        )
        return ok({ units, looked: left.length, open: 0, next: hours[0]!, ahead: 0 })
      },
      computeStretch: async ({ from }) => ok({ ...NOTHING_DONE, failed: [{ hour: from, ...long }] }),
      shouldYield: () => true,
    }
    const first = new CatchUp(ports, spec)
    expect(await first.run()).toBe('yield')
    const second = new CatchUp(ports, spec, structuredClone(first.state))
    expect(await second.run()).toBe('yield')
    expect(second.failed.map(({ hour }) => hour)).toEqual(hours.slice(0, CATCH_UP_LIMITS.failedMax))
    expect(second.failed[0]).toMatchObject({ message: expect.stringMatching(/^x{299}…$/), quarantined: paths })
    expect(JSON.stringify(second.state).length).toBeLessThan(50_000)
    await expect(new CatchUp(ports, spec, second.state).run()).rejects.toThrow('more than 250 hours failed')
  })

  it('splits a stretch until the hour that kills its worker is alone', async () => {
    const hours = hoursFrom(40)
    const lake = new FakeLake(hours, { deadly: new Set([hours[17]!]) })
    const engine = new CatchUp(lake.ports(), spec)
    await engine.run()
    expect(lake.computed.size).toBe(39)
    expect(engine.failed).toMatchObject([{ hour: hours[17], code: 'timeout' }])
  })

  it('waits for a service that is away, says so, and counts no failure', async () => {
    const lake = new FakeLake(hoursFrom(40), { outages: 25 })
    const engine = new CatchUp(lake.ports(), spec)
    expect(await engine.run()).toBe('current')
    expect(lake.slept).toBe(25)
    expect(lake.notes).toContain('waiting: unavailable it is')
    expect(engine.failed).toEqual([])
  })

  it('never has more in flight than allowed, fanned-out hours among them', async () => {
    const hours = hoursFrom(400)
    const lake = new FakeLake(hours, { large: new Set(hours) })
    await new CatchUp(lake.ports(), spec).run()
    expect(lake.computed.size).toBe(400)
    expect(lake.inFlightMost).toBeLessThanOrEqual(CATCH_UP_LIMITS.inFlightMax)
    expect(lake.inFlightMost).toBeGreaterThan(1)
  })

  it('has as many in flight as a person asks for, up to the most that is allowed', async () => {
    const hours = hoursFrom(600)
    const lake = new FakeLake(hours, { large: new Set(hours), pageHours: 600 })
    await new CatchUp(lake.ports(), { ...spec, inFlightMax: CONCURRENCY_MAX }).run()
    expect(lake.computed.size).toBe(600)
    expect(lake.inFlightMost).toBeLessThanOrEqual(500)
    expect(lake.inFlightMost).toBeGreaterThan(CATCH_UP_LIMITS.inFlightMax)
  })

  it('has no more in flight than a person allows it', async () => {
    const lake = new FakeLake(hoursFrom(400), { large: new Set(hoursFrom(50)) })
    await new CatchUp(lake.ports(), { ...spec, inFlightMax: 3 }).run()
    expect(lake.computed.size).toBe(400)
    expect(lake.inFlightMost).toBe(3)
  })

  it('from the newest hour back computes the same, page by page and unit by unit, also when it yields', async () => {
    const hours = hoursFrom(130)
    const lake = new FakeLake(hours)
    lake.yieldNow = true
    const newestFirst = { ...spec, inFlightMax: 1, newestFirst: true }
    let engine = new CatchUp(lake.ports(), newestFirst)
    while ((await engine.run()) === 'yield') engine = new CatchUp(lake.ports(), newestFirst, engine.state)
    const order = [...lake.computed.keys()]
    expect(order.toSorted()).toEqual(hours)
    // A unit of at most seven hours is computed in the order of time; what comes a unit later is older.
    for (const [at, hour] of order.slice(7).entries()) expect(hour < order[at]!).toBe(true)
  })

  it('yields between pages, and a new engine with its state goes on where it was', async () => {
    const hours = hoursFrom(130)
    const lake = new FakeLake(hours)
    lake.yieldNow = true
    let engine = new CatchUp(lake.ports(), spec)
    let runs = 1
    while ((await engine.run()) === 'yield') {
      engine = new CatchUp(lake.ports(), spec, structuredClone(engine.state))
      runs += 1
    }
    expect(runs).toBeGreaterThan(5)
    expect(new Set(lake.computed.values())).toEqual(new Set([1]))
    expect(engine.state.done.hours).toBe(130)
  })

  it('begins nothing while it is paused', async () => {
    const lake = new FakeLake(hoursFrom(5))
    const { promise, resolve } = Promise.withResolvers<void>()
    lake.paused = promise
    const running = new CatchUp(lake.ports(), spec).run()
    await new Promise((turn) => setImmediate(turn))
    expect(lake.computed.size + lake.inFlightMost).toBe(0)
    resolve()
    await running
    expect(lake.computed.size).toBe(5)
  })

  it('paused in its last unit does not go on as a new run before it is resumed', async () => {
    // a page is one unit
    const lake = new FakeLake(hoursFrom(10), { pageHours: 5 })
    lake.yieldNow = true
    const { promise, resolve } = Promise.withResolvers<void>()
    const ports = lake.ports()
    let gates = 0
    const gate = () => {
      gates += 1
      return lake.paused
    }
    const pausing: CatchUpPorts = {
      ...ports,
      gate,
      computeStretch: (request, unit) => {
        lake.paused = promise
        return ports.computeStretch(request, unit)
      },
    }
    const running = new CatchUp(pausing, { ...spec, inFlightMax: 1 }).run()
    let ended = false
    void running.then(() => {
      ended = true
    })
    // The plan and its unit passed the gate before it was paused; now the run waits there.
    await expect.poll(() => gates).toBe(3)
    await new Promise((turn) => setImmediate(turn))
    expect({ ended, computing: lake.inFlight }).toEqual({ ended: false, computing: 0 })
    resolve()
    expect(await running).toBe('yield')
  })

  it('stops when the plan itself fails for good', async () => {
    const ports = { ...new FakeLake([]).ports(), plan: async () => failed('not-found') }
    await expect(new CatchUp(ports, spec).run()).rejects.toThrow(CatchUpFailed)
  })

  it('makes as many passes as allowed while hours keep coming', async () => {
    const lake = new FakeLake(hoursFrom(3))
    const ports = lake.ports()
    let more = 3
    const growing: CatchUpPorts = {
      ...ports,
      plan: (request) => {
        if (request.from === null) lake.stale.add(nextHour(FIRST, more++))
        return ports.plan(request)
      },
    }
    expect(await new CatchUp(growing, { ...spec, passesMax: 4 }).run()).toBe('passes')
    expect(lake.computed.size).toBe(7)
  })

  it('whatever hours are stale, corrupt, deadly and large: each is computed once or set aside', async () => {
    const some = (length: number) => fc.uniqueArray(fc.integer({ min: 0, max: length - 1 }), { maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(
        some(60),
        some(60),
        some(60),
        fc.integer({ min: 0, max: 5 }),
        async (bad, deadly, large, outages) => {
          const hours = hoursFrom(60)
          const pick = (indexes: readonly number[]) => new Set(indexes.map((index) => hours[index]!))
          const behaviour = { corrupt: pick(bad), deadly: pick(deadly), large: pick(large), outages }
          const lake = new FakeLake(hours, behaviour)
          const engine = new CatchUp(lake.ports(), spec)
          await engine.run()
          const aside = engine.failed.map(({ hour }) => hour)
          expect([...lake.computed.keys(), ...aside].sort()).toEqual(hours)
          expect(new Set(aside)).toEqual(new Set([...behaviour.corrupt, ...behaviour.deadly]))
        },
      ),
      { numRuns: 30 },
    )
  })
})
