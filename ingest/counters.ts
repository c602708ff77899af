/** What ingest has done so far, for progress bars and the summary at the end. */
import { NOTICE_KINDS, type NoticeKind } from './formats/parsed.ts'

export interface IngestProgress {
  /** Lines or posts taken from the source. */
  readonly records: number
  readonly bytes: number
  /** Posts that the brokers have confirmed. */
  readonly posts: number
  /** Posts that are on their way. */
  readonly sending: number
  readonly notices: Readonly<Partial<Record<NoticeKind, number>>>
  readonly deadLetters: number
  /** Dead letters by the beginning of their reason. */
  readonly reasons: Readonly<Record<string, number>>
}

export interface IngestCounters {
  taken(records: number, bytes: number): void
  sending(posts: number): void
  confirmed(posts: number): void
  notice(kind: NoticeKind): void
  deadLetter(reason: string): void
  progress(): IngestProgress
}

/** This many groups of reasons are kept apart. */
const REASONS_MAX = 50
const OTHER = 'other'

/** Reasons that differ only in a value are one: what stands before it. */
export function reasonGroup(reason: string): string {
  return reason.split(/ is |: /, 1)[0]!.slice(0, 80)
}

export function createCounters(): IngestCounters {
  let records = 0
  let bytes = 0
  let sent = 0
  let posts = 0
  let deadLetters = 0
  const notices = new Map<NoticeKind, number>()
  const reasons = new Map<string, number>()
  const add = <K>(map: Map<K, number>, key: K) => map.set(key, (map.get(key) ?? 0) + 1)
  return {
    taken(moreRecords, moreBytes) {
      records += moreRecords
      bytes += moreBytes
    },
    sending: (more) => {
      sent += more
    },
    confirmed: (more) => {
      posts += more
    },
    notice: (kind) => add(notices, kind),
    deadLetter(reason) {
      deadLetters++
      const group = reasonGroup(reason)
      add(reasons, reasons.has(group) || reasons.size < REASONS_MAX ? group : OTHER)
    },
    progress: () => ({
      records,
      bytes,
      posts,
      sending: sent - posts,
      notices: Object.fromEntries(
        NOTICE_KINDS.filter((kind) => notices.has(kind)).map((kind) => [kind, notices.get(kind)!]),
      ),
      deadLetters,
      reasons: Object.fromEntries(reasons),
    }),
  }
}
