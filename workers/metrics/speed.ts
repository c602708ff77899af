/** Metrics of the speed worker: what its meter keeps anyway (speed/meter.ts), read when somebody scrapes. */
import { addDuration, type Metrics, readCounter, readGauge } from '../../app/metrics.ts'
import { SpeedMeter, type SpeedProgress } from '../../speed/meter.ts'

/** The meter to count with. */
export function meterSpeed(metrics: Metrics): SpeedMeter {
  const visible = addDuration(metrics, {
    name: 'tendance_speed_visible_duration_seconds',
    help: 'From the taking of the oldest record of a flush until it could be seen in the views',
  })
  const writing = addDuration(metrics, {
    name: 'tendance_speed_flush_duration_seconds',
    help: 'Writing a flush into the views',
  })
  const meter = new SpeedMeter(({ visibleMs, writeMs }) => {
    visible.observe(visibleMs / 1_000)
    writing.observe(writeMs / 1_000)
  })
  const total = (what: string, help: string, of: (progress: SpeedProgress) => number) =>
    readCounter(metrics, { name: `tendance_speed_${what}_total`, help }, () => [[{}, of(meter.read())]])
  total('late_records', 'Records that came for a closed slot: left to batch', ({ late }) => late)
  total('rejected', 'Messages that were no records', ({ rejected }) => rejected)
  total('flushes', 'Flushes written', ({ flushes }) => flushes)
  total('tallies', 'Tallies written', ({ tallies }) => tallies)
  total('forced_slots', 'Slots closed before their time, because too many were open', ({ forced }) => forced)
  const labels = ['counting', 'partition']
  readGauge(metrics, { name: 'tendance_speed_open_slots', help: 'Slots that may still get records', labels }, () =>
    [...meter.lanes].map(({ name, partition, openSlots }) => [{ counting: name, partition }, openSlots]),
  )
  readGauge(
    metrics,
    {
      name: 'tendance_speed_watermark_timestamp_seconds',
      help: 'Event time up to which slots are closed; a partition that never had a record has none',
      labels,
    },
    () =>
      [...meter.lanes]
        .filter(({ watermark }) => watermark > 0)
        .map(({ name, partition, watermark }) => [{ counting: name, partition }, watermark / 1_000]),
  )
  return meter
}
