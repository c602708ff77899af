/** What `tendance verify` found, as people read it: each damage with its path and the command that decides about it. Pure. */
import type { Damage, PartitionLog, VerifyCounts } from '../../model/verify.ts'
import type { styleFor } from '../cli.ts'
import { bytesText } from '../hour-text.ts'
import { count } from '../progress.ts'

export interface Report {
  readonly stream: string
  readonly deep: boolean
  /** Neither Kafka nor MongoDB was asked. */
  readonly lakeOnly: boolean
  readonly ms: number
  readonly partitions: readonly PartitionLog[]
  readonly counts: VerifyCounts
  readonly damages: readonly Damage[]
}

export function showReport(report: Report, { style }: { readonly style: ReturnType<typeof styleFor> }): string {
  const { stream, partitions, counts, damages } = report
  const entries = partitions.reduce((sum, one) => sum + one.entries, 0)
  const took = (report.ms / 1_000).toFixed(report.ms < 10_000 ? 1 : 0)
  const looked = `${stream}: ${count(partitions.length)} partitions with ${count(entries)} commits, ${count(counts.hours)} hours, ${count(counts.files)} files, ${count(counts.records)} records, ${bytesText(counts.bytes)}, in ${took} s`
  const how = `${report.deep ? 'every block was read' : 'names and lengths were compared (--deep reads every block)'}${report.lakeOnly ? '; Kafka and MongoDB were not asked' : ''}`
  const lines = [looked, style('dim', how)]
  for (const { kind, hour, records, what, todo } of damages) {
    const where = hour === null ? '' : ` ${hour} UTC`
    const lacking = records === null ? '' : `, ${count(records)} records`
    lines.push(`${style('red', `${kind}${where}${lacking}`)}: ${what}`, style('dim', `  ${todo}`))
  }
  const number = damages.length
  lines.push(
    number === 0
      ? style('green', 'the lake is what its log says')
      : style('red', `${count(number)} ${number === 1 ? 'damage' : 'damages'}`),
  )
  return lines.join('\n')
}
