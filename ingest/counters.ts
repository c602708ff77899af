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

/** Reasons hold values: what stands before the first of them groups them, and this many groups are kept apart. */
const REASONS_MAX = 50
const OTHER = 'other'

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
      const group = reason.split(/ is |: /, 1)[0]!.slice(0, 80)
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
