/** Activities over a history in memory, so that workflows can be run on a real server without the other services. */
import { ApplicationFailure } from '@temporalio/common'
import type { Activities } from '../../activities/index.ts'
import type { EditionState } from '../../model/editions.ts'
import { planUnits, type Stretch, UNIT_LIMITS } from '../../model/plan.ts'
import { SAMPLE_HOURS, sampleOf } from '../../model/preview.ts'
import { type HourId, hoursBetween } from '../../model/time.ts'
import {
  type CleanResult,
  NOTHING_DONE,
  type OpenEditionRequest,
  type Target,
  type WorkDone,
} from '../../model/work.ts'

export interface ScriptedEdition {
  readonly number: number
  readonly parent: number | null
  readonly request: OpenEditionRequest
  state: EditionState
  readonly computed: Map<HourId, number>
}

export class ScriptedHistory {
  readonly editions: ScriptedEdition[] = []
  live = 0
  readonly calls: string[] = []
  /** Hours whose files are broken. */
  readonly corrupt = new Set<HourId>()
  readonly compacted = new Set<HourId>()
  /** Hours that are in the lake, sealed. */
  readonly hours: HourId[]
  /** Awaited by each stretch that is computed: a test holds work here. */
  gate: () => Promise<void> = async () => {}
  /** Called with the name of each activity as it begins. */
  onCall: (name: string) => void = () => {}
  unavailable = 0

  constructor(hours: readonly HourId[]) {
    this.hours = [...hours]
  }

  edition(number: number): ScriptedEdition {
    return this.editions[number - 1]!
  }

  #begin(name: string): void {
    this.calls.push(name)
    this.onCall(name)
  }

  #create(request: OpenEditionRequest, parent: number | null): ScriptedEdition {
    const edition: ScriptedEdition = {
      number: this.editions.length + 1,
      parent,
      request,
      state: 'building',
      computed: new Map(),
    }
    this.editions.push(edition)
    return edition
  }

  #publish(edition: ScriptedEdition): void {
    if (this.live) this.edition(this.live).state = 'retired'
    edition.state = 'live'
    this.live = edition.number
  }

  /** In the order of planning, from the hour that it has come to. */
  #staleHours(target: Target, at: HourId | null, newestFirst: boolean): HourId[] {
    const edition = this.edition(target === 'live' ? this.live : target)
    const { since } = edition.request
    const isAhead = (hour: HourId) => at === null || (newestFirst ? hour <= at : hour >= at)
    const stale = this.hours.filter((hour) => (since === null || hour >= since) && !edition.computed.has(hour))
    return (newestFirst ? stale.toReversed() : stale).filter(isAhead)
  }

  activities(): Activities {
    const nothing: CleanResult = {
      dryRun: false,
      speedDocuments: 0,
      speedHours: 0,
      temporaryFiles: 0,
      tallyFiles: 0,
      bytes: 0,
      editions: [],
      listed: [],
    }
    const first: OpenEditionRequest = {
      stream: 'posts',
      kind: 'rebuild',
      since: null,
      until: null,
      boards: null,
      extractors: {},
      keepMs: null,
      reason: 'the first edition',
      by: 'tendance',
      workflowId: '',
      token: 'first',
    }
    return {
      verifyLog: async () => ({ partitions: [], damages: [] }),
      verifyHours: async ({ since }) => {
        this.#begin('verifyHours')
        const [hour, next] = this.hours.filter((one) => since === null || one >= since)
        const counts = { hours: hour === undefined ? 0 : 1, files: 1, records: 7, bytes: 70 }
        return { counts, damages: [], next: next ?? null, ahead: 0 }
      },
      verifyTallies: async () => ({ damages: [] }),
      keepVerification: async () => {},
      ensureFirstEdition: async () => {
        this.#begin('ensureFirstEdition')
        if (!this.live) this.#publish(this.#create(first, null))
        return { edition: this.live }
      },
      openEdition: async (request) => {
        this.#begin('openEdition')
        if (!this.live) this.#publish(this.#create(first, null))
        const begun = this.editions.findLast(
          ({ request: { workflowId }, state }) =>
            workflowId === request.workflowId && !['rejected', 'retired', 'cancelled'].includes(state),
        )
        const edition = begun ?? this.#create(request, request.kind === 'rebuild' ? null : this.live)
        const { number, parent } = edition
        const { since, until } = edition.request
        const live = this.live === number
        return { edition: number, parent, since, until, extractors: {}, resumed: begun !== undefined, live, at: 0 }
      },
      publishEdition: async ({ edition }) => {
        this.#begin('publishEdition')
        const previous = this.live
        this.#publish(this.edition(edition))
        return { published: true, previous, refused: null }
      },
      holdEdition: async ({ edition }) => {
        this.#begin('holdEdition')
        const held = this.edition(edition)
        if (held.state === 'building') held.state = 'held'
        return { state: held.state }
      },
      abandonEdition: async ({ edition, state }) => {
        this.#begin('abandonEdition')
        const abandoned = this.edition(edition)
        if (abandoned.state === 'building' || abandoned.state === 'held') abandoned.state = state
        return { state: abandoned.state }
      },
      sealHours: async () => {
        this.#begin('sealHours')
        return { sealed: 0, waiting: 0, behind: null }
      },
      planHours: async ({ target, from, except, newestFirst = false }) => {
        this.#begin('planHours')
        const stale = this.#staleHours(target, from, newestFirst).filter((hour) => !except.includes(hour))
        const page = stale.slice(0, 400).sort()
        const inOrder = planUnits(
          page.map((hour) => ({ hour, bytes: 1_000, partitions: [0] })),
          { ...UNIT_LIMITS, unitHoursMax: 4, fanOutBytes: 1e9 },
        )
        const units = newestFirst ? inOrder.reverse() : inOrder
        return { units, looked: page.length, open: 0, next: stale[400] ?? null, ahead: Math.max(0, stale.length - 400) }
      },
      previewRange: async ({ since, until }) => {
        this.#begin('previewRange')
        const hours = this.hours.filter((hour) => (!since || hour >= since) && (!until || hour < until))
        const [first = null, last = null] = [hours[0], hours.at(-1)]
        const none = { count: 0, runs: [] }
        return {
          ...{ parent: this.live || null, boards: ['hashtags'], extractors: { hashtags: 'hashtags@2' } },
          ...{ hours: hours.length, first, last, records: hours.length * 10, bytes: hours.length * 1_000 },
          ...{ open: none, missing: none, measured: null },
          sample: sampleOf(hours, SAMPLE_HOURS).map((hour) => ({ hour, bytes: 1_000 })),
        }
      },
      previewHour: async ({ hour }) => {
        this.#begin('previewHour')
        return { hour, bytes: 1_000, ms: 5, boards: [] }
      },
      computeStretch: async ({ target, from, until, except }) => {
        this.#begin('computeStretch')
        await this.gate()
        if (this.unavailable > 0) {
          this.unavailable -= 1
          throw ApplicationFailure.create({ message: 'the lake is away', type: 'unavailable' })
        }
        const edition = this.edition(target === 'live' ? this.live : target)
        let done: WorkDone = NOTHING_DONE
        for (const hour of hoursBetween(from, until)) {
          if (!this.hours.includes(hour) || edition.computed.has(hour) || except.includes(hour)) continue
          if (this.corrupt.has(hour)) {
            const failed = { hour, code: 'corrupt', message: 'block 3 is broken', attempts: 1 }
            done = { ...done, failed: [...done.failed, failed] }
            continue
          }
          edition.computed.set(hour, (edition.computed.get(hour) ?? 0) + 1)
          done = { ...done, hours: done.hours + 1, records: done.records + 10, bytes: done.bytes + 1_000 }
        }
        return done
      },
      countPartition: async () => [],
      mergeHour: async () => NOTHING_DONE,
      quarantineHour: async ({ hour }) => {
        this.#begin('quarantineHour')
        if (!this.corrupt.has(hour)) return { files: [], records: 0 }
        // Without its damaged file the hour can be counted.
        this.corrupt.delete(hour)
        return { files: [{ path: `/lake/${hour}/_0.avro.quarantined`, reason: 'block 3 is broken' }], records: 7 }
      },
      planCompaction: async ({ from, until, except }) => {
        this.#begin('planCompaction')
        const small = this.hours.filter(
          (hour) =>
            !this.compacted.has(hour) &&
            !except.includes(hour) &&
            (from === null || hour >= from) &&
            (until === null || hour < until),
        )
        const page = small.slice(0, 400)
        const units = planUnits(
          page.map((hour) => ({ hour, bytes: 1_000, partitions: [] })),
          { ...UNIT_LIMITS, unitHoursMax: 4, fanOutBytes: Number.POSITIVE_INFINITY },
        ) as Stretch[]
        const totals = {
          hours: page.length,
          files: 8 * page.length,
          into: page.length,
          bytesBefore: 1_000 * page.length,
        }
        return { units, looked: page.length, totals, next: small[400] ?? null, ahead: Math.max(0, small.length - 400) }
      },
      compactHours: async ({ from, until }) => {
        this.#begin('compactHours')
        const hours = hoursBetween(from, until).filter((hour) => this.hours.includes(hour) && !this.compacted.has(hour))
        const whole = hours.filter((hour) => !this.corrupt.has(hour))
        for (const hour of whole) this.compacted.add(hour)
        const broken = hours.filter((hour) => this.corrupt.has(hour))
        const failed = broken.map((hour) => ({ hour, code: 'corrupt', message: 'block 3 is broken', attempts: 1 }))
        const count = whole.length
        const totals = { hours: count, files: 8 * count, into: count, bytesBefore: 1_000 * count }
        const done = { ...NOTHING_DONE, hours: count, records: 10 * count, bytes: 1_000 * count, failed }
        return { totals, bytesAfter: 500 * count, done }
      },
      cleanSpeed: async ({ dryRun }) => {
        this.#begin('cleanSpeed')
        return { ...nothing, dryRun }
      },
      cleanTemporary: async ({ dryRun }) => ({ ...nothing, dryRun, temporaryFiles: 2, listed: ['a', 'b'] }),
      cleanEditions: async ({ dryRun }) => ({ ...nothing, dryRun, editions: [1], listed: ['views of edition 1'] }),
    }
  }
}
