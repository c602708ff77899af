/**
 * Metrics of the batch worker: what its activities took and answered, and what the ledger says of the newest hours.
 *
 * An activity's answer is counted when it is given. So what a killed attempt had stored is counted by the attempt that found it
 * done, or not at all; the ledger is what is exact.
 */
import type { Activities } from '../../activities/index.ts'
import { addCounter, addDuration, type Metrics, readGauge, refreshBeforeScrape } from '../../app/metrics.ts'
import { HOUR_STATES, lagOf } from '../../model/ledger.ts'
import { STREAM_NAMES, type StreamName } from '../../model/streams/stream.ts'
import { hourEnd } from '../../model/time.ts'
import type { Verification } from '../../model/verify.ts'
import type { CleanResult, SealResult, WorkDone } from '../../model/work.ts'
import { type AskHours, askHours, type HoursPage } from '../../views/ask-hours.ts'

const ACTIVITY_BUCKETS = [0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600]
/** The ledger changes once an hour; reading two days of it takes some milliseconds. */
const LEDGER_EVERY_MS = 15_000
/** Hours whose completeness is told: the newest sealed ones. */
const COMPLETE_HOURS = 24

/** The same activities, timed and counted. */
export function meterActivities(metrics: Metrics, activities: Activities): Activities {
  const duration = addDuration(
    metrics,
    {
      name: 'tendance_batch_activity_duration_seconds',
      help: 'Attempts of activities, the units of batch work: computeStretch counts many small hours, countPartition a part of a large one',
      labels: ['activity', 'outcome'],
    },
    ACTIVITY_BUCKETS,
  )
  const work = workCounters(metrics)
  const metered = Object.entries(activities).map(([name, activity]) => {
    const run = activity as (request: unknown) => Promise<unknown>
    const timed = async (request: unknown) => {
      const end = duration.startTimer({ activity: name })
      try {
        const answer = await run(request)
        end({ outcome: 'done' })
        work(name, answer)
        return answer
      } catch (error) {
        end({ outcome: 'failed' })
        throw error
      }
    }
    return [name, timed] as const
  })
  return Object.fromEntries(metered) as unknown as Activities
}

/** Takes what activities answer. */
function workCounters(metrics: Metrics): (activity: string, answer: unknown) => void {
  const counter = (what: string, help: string, labels: readonly string[] = []) =>
    addCounter(metrics, { name: `tendance_batch_${what}_total`, help, labels })
  const hours = counter('hours', 'Hours by what came of them', ['outcome'])
  for (const outcome of ['computed', 'current', 'failed']) hours.inc({ outcome }, 0)
  const records = counter('records', 'Records counted')
  const copies = counter('copies', 'Copies of records, which count once')
  const bytes = counter('read_bytes', 'Bytes of record files read')
  const amended = counter('amended_hours', 'Hours computed again because late records came')
  const sealed = counter('sealed_hours', 'Hours sealed')
  const deleted = counter('deleted', 'What cleanup deleted', ['what'])
  let seal: SealResult | undefined
  readGauge(
    metrics,
    {
      name: 'tendance_batch_seal_waiting_hours',
      help: 'Hours that had ended and stayed open, at the last sealing here',
    },
    () => (seal ? [[{}, seal.waiting]] : []),
  )
  readGauge(
    metrics,
    { name: 'tendance_batch_sealing_behind', help: '1: the last sealing here left hours open, the archive was behind' },
    () => (seal ? [[{}, seal.behind === null ? 0 : 1]] : []),
  )

  const addWorkDone = (done: WorkDone) => {
    hours.inc({ outcome: 'computed' }, done.hours)
    hours.inc({ outcome: 'current' }, done.current)
    hours.inc({ outcome: 'failed' }, done.failed.length)
    records.inc(done.records)
    copies.inc(done.copies)
    bytes.inc(done.bytes)
    amended.inc(done.amended)
  }
  const addCleaned = (cleaned: CleanResult) => {
    if (cleaned.dryRun) return
    deleted.inc({ what: 'speed documents' }, cleaned.speedDocuments)
    deleted.inc({ what: 'temporary files' }, cleaned.temporaryFiles)
    deleted.inc({ what: 'tally files' }, cleaned.tallyFiles)
  }
  const takers: { readonly [name in keyof Activities]?: (answer: never) => void } = {
    computeStretch: addWorkDone,
    mergeHour: addWorkDone,
    cleanSpeed: addCleaned,
    cleanTemporary: addCleaned,
    cleanEditions: addCleaned,
    sealHours: (result: SealResult) => {
      seal = result
      sealed.inc(result.sealed)
    },
  } satisfies Takers
  return (activity, answer) =>
    (takers[activity as keyof Activities] as ((answer: unknown) => void) | undefined)?.(answer)
}

/** Each takes what its activity answers. */
type Takers = { readonly [name in keyof Activities]?: (answer: Awaited<ReturnType<Activities[name]>>) => void }

/** What the ledger says of the last two days. Every batch worker tells the same: take the greatest. */
export function meterLedger(metrics: Metrics, ask: AskHours): void {
  const pages = new Map<StreamName, HoursPage>()
  const verified = new Map<StreamName, Verification>()
  refreshBeforeScrape(
    metrics,
    'ledger',
    async () => {
      for (const stream of STREAM_NAMES) {
        pages.set(stream, await askHours(ask, { stream }))
        const verification = await ask.views.hours.verification(stream)
        if (verification) verified.set(stream, verification)
      }
    },
    { everyMs: LEDGER_EVERY_MS },
  )
  readGauge(
    metrics,
    { name: 'tendance_hours', help: 'Hours of the last two days by state', labels: ['stream', 'state'] },
    () =>
      [...pages].flatMap(([stream, { hours }]) =>
        HOUR_STATES.map((state) => [{ stream, state }, hours.filter((hour) => hour.state === state).length] as const),
      ),
  )
  readGauge(
    metrics,
    {
      name: 'tendance_hours_until_timestamp_seconds',
      help: 'The end of the newest hour that is sealed, and of the newest that is computed',
      labels: ['stream', 'state'],
    },
    () =>
      [...pages].flatMap(([stream, { hours }]) => {
        const sealed = hours.findLast(({ sealedAt }) => sealedAt !== null)
        const computed = hours.findLast((hour) => hour.computed !== null)
        return [
          ...(sealed ? [[{ stream, state: 'sealed' }, hourEnd(sealed.hour) / 1_000] as const] : []),
          ...(computed ? [[{ stream, state: 'computed' }, hourEnd(computed.hour) / 1_000] as const] : []),
        ]
      }),
  )
  readGauge(
    metrics,
    {
      name: 'tendance_hours_completeness_ratio',
      help: 'The least of the newest 24 sealed hours; computed: records counted of those archived; archived: of those Kafka took',
      labels: ['stream', 'of'],
    },
    () =>
      [...pages].flatMap(([stream, { hours }]) => {
        const newest = hours.filter(({ sealedAt }) => sealedAt !== null).slice(-COMPLETE_HOURS)
        return (['computed', 'archived'] as const).flatMap((of) => {
          const shares = newest.flatMap(({ completeness }) => completeness[of] ?? [])
          return shares.length === 0 ? [] : [[{ stream, of }, Math.min(...shares)] as const]
        })
      }),
  )
  readGauge(
    metrics,
    {
      name: 'tendance_quarantined_records',
      help: 'Records in files that are set aside because they are corrupt, or that vanished, of the last two days',
      labels: ['stream'],
    },
    () =>
      [...pages].map(([stream, { hours }]) => [
        { stream },
        hours.reduce((sum, { quarantined }) => sum + quarantined.records, 0),
      ]),
  )
  readGauge(
    metrics,
    {
      name: 'tendance_verify_damages',
      help: 'What reading the whole lake found last, each night and by tendance verify',
      labels: ['stream'],
    },
    () => [...verified].map(([stream, { found }]) => [{ stream }, found]),
  )
  readGauge(
    metrics,
    {
      name: 'tendance_verify_timestamp_seconds',
      help: 'When the whole lake was last read against its log',
      labels: ['stream'],
    },
    () => [...verified].map(([stream, { at }]) => [{ stream }, at / 1_000]),
  )
  readGauge(
    metrics,
    {
      name: 'tendance_sealing_lag_records',
      help: 'Records that Kafka had and the lake had not, when hours were last sealed',
      labels: ['stream'],
    },
    () => [...pages].flatMap(([stream, { archive }]) => (archive ? [[{ stream }, lagOf(archive)] as const] : [])),
  )
}
