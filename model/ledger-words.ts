/** What is wrong with hours (model/ledger-problems.ts) in English: what it is, and what to do. For the command line and the HTTP API. */
import type { ArchiveLag, Finding } from './ledger-problems.ts'
import type { DamageKind } from './verify.ts'
import type { Wording, Writing } from './wording.ts'

/** A sentence each, for people. */
export interface Remedied {
  readonly what: string
  readonly todo: string
}

const LOOK =
  "'tendance schedule show' says whether the hourly work is on, 'tendance workers status' whether a batch worker runs; 'tendance hourly' does it now"
const ARCHIVE =
  "'tendance workers status' says whether an archive worker runs, 'tendance doctor' whether Kafka and HDFS answer"
const BATCH =
  "'tendance workers status' says whether a batch worker runs; 'tendance hourly' computes it now, or says why not"
const BUG = "this is a bug: compare with 'tendance hours --hour', and recompute the hour in a new edition"

/** What each kind of damage is, for people. */
const DAMAGE_WORDS: Readonly<Record<DamageKind, string>> = {
  'entry-unreadable': 'a commit entry cannot be read',
  'log-hole': 'the commit log has a hole',
  'log-overlap': 'two commit entries have the same offsets',
  'log-end-lost': 'the last commit entry is gone',
  'beyond-kafka': 'the lake has offsets that Kafka has not',
  'kafka-deleted': 'Kafka has deleted offsets that the lake has not',
  missing: 'a record file is missing',
  length: 'a record file has another length',
  quarantined: 'a record file is set aside',
  foreign: 'a file is of no commit',
  stray: 'something in the lake is none of its own',
  'compaction-lost': 'the log of a compaction is gone',
  'compaction-differs': 'the log of a compaction differs from the commit log',
  unreadable: 'a file cannot be read',
  records: 'a record file has another number of records',
  'wrong-hour': 'a record file has records of another hour',
  'seal-lost': 'a seal is gone',
  'seal-differs': 'a seal differs from the log',
  'ledger-differs': 'the ledger differs from a seal',
  'tally-lost': 'a full tally is gone',
}

export const LEDGER_WORDS: Wording<Finding, Remedied> = {
  'never-looked': () => ({ what: 'nobody has looked yet', todo: LOOK }),
  'not-looked-since': ({ at }, { time }) => ({ what: `nobody has looked since ${time(at)}`, todo: LOOK }),
  'seal-refused': ({ why }) => ({
    what: `cannot be sealed: ${why}`,
    todo: "put the lake right as it says, then 'tendance hourly'",
  }),
  'archive-behind': (lag, { count, time }) => ({
    what: `not sealed, as the archive is behind: ${lackingText(lag, count)} (at ${time(lag.at)})`,
    todo: ARCHIVE,
  }),
  'archive-falls-behind': (lag, { count, time }) => ({
    what: `more is on its way in, as the archive is behind: ${lackingText(lag, count)} (at ${time(lag.at)})`,
    todo: ARCHIVE,
  }),
  'not-sealed': ({ at }, { time }) => ({
    what: `not sealed, though the archive had everything at ${time(at)}`,
    todo: "'tendance hourly' seals it now, or says why not",
  }),
  'not-computed': () => ({ what: 'sealed, and not computed', todo: BATCH }),
  'late-not-computed': () => ({ what: 'late records are there that are not computed', todo: BATCH }),
  'not-computable': ({ why }) => ({
    what: `could not be computed: ${why}`,
    todo: "mend what it names, then 'tendance hourly'",
  }),
  'records-not-counted': ({ records, of }, { count }) => ({
    what: `${count(records)} of ${count(of)} archived records are not counted`,
    todo: BUG,
  }),
  'records-beyond': ({ records }, { count }) => ({
    what: `${count(records)} records more are counted than archived`,
    todo: BUG,
  }),
  'records-lost': ({ records }, { count }) => ({
    what: `up to ${count(records)} records are lost: Kafka had deleted them before they were archived`,
    todo: 'raise kafka.retentionBytes; if the source still has them, ingest that time again: copies are counted once',
  }),
  'files-set-aside': ({ records, files, counted }, { count }) => ({
    what: `${count(records)} records in ${count(files)} corrupt ${files === 1 ? 'file' : 'files'} are set aside${counted ? '; they were counted before, but cannot be again' : ', and not counted'}`,
    todo: "'tendance quarantine list' says which and why; write a good copy there and 'tendance quarantine restore' it: the next hourly run counts it",
  }),
  'files-vanished': ({ records, files, counted }, { count }) => ({
    what: `${count(records)} records in ${count(files)} ${files === 1 ? 'file' : 'files'} have vanished from the lake${counted ? '; they were counted before, but cannot be again' : ', and are not counted'}`,
    todo: "'tendance quarantine list' names them: restore them from a snapshot, and the next hourly run sees it; or accept the loss with 'tendance accept-loss'",
  }),
  'lake-damaged': ({ damage, path, more, at }, { count, time }) => ({
    what: `${DAMAGE_WORDS[damage]} (${damage}): ${path}${more > 0 ? `, and ${count(more)} more` : ''} (seen at ${time(at)})`,
    todo: "'tendance verify' names each damage and the command that decides about it; when it finds nothing any more, this is over",
  }),
  'no-records': () => ({
    what: 'no records, where there usually are',
    todo: 'is the source there, and does ingest run? What it still has can be ingested late: the hour is then amended',
  }),
  'few-records': ({ records, usual, weeks }, { count }) => ({
    what: `${count(records)} records, where ${count(usual)} are usual at this hour of the week (median of ${weeks} weeks)`,
    todo: 'is one of several sources away, or an ingest worker? What it still has can be ingested late',
  }),
  'partitions-silent': ({ partitions }) => ({
    what: `partition ${partitions.join(', ')} has no records, where the others have some`,
    todo: "a broker may be away, or a producer may leave it out: 'tendance doctor' says what Kafka says",
  }),
  'live-disagrees': ({ board, speedRecords, batchRecords, topDiffers }, { count }) => ({
    what: `live counting of ${board} had ${count(speedRecords)} records, batch has ${count(batchRecords)}${topDiffers > 0 ? `; ${topDiffers} of the top 10 were others` : ''}`,
    todo:
      speedRecords > batchRecords
        ? 'more than batch is a bug, or records are missing from the lake: compare with quarantined and lost records'
        : 'was the speed worker away in that hour, or do records come later than speed.latenessMs? The answers of today are right: they are from batch',
  }),
  'clock-off': ({ service, seconds }, { count }) => ({
    what: `the clock of the batch worker's machine is ${count(Math.abs(seconds))} s ${seconds > 0 ? 'ahead of' : 'behind'} ${service}'s: it seals nothing`,
    todo: `set it by NTP, or mend the clock of ${service}: 'tendance doctor' on that machine compares them; then 'tendance hourly'`,
  }),
}

function lackingText({ lacking }: ArchiveLag, count: Writing['count']): string {
  return lacking.map(({ partition, records }) => `partition ${partition} lacks ${count(records)} records`).join(', ')
}
