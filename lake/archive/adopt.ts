/**
 * The log goes on with another topic: each partition gets an entry that no record belongs to, from where it was archived to where the
 * new topic's first record will stand.
 *
 * The entry is the fence. It takes the place that the next commit of the old topic would have (`<from>.json`), so a worker that still
 * holds records of the old one cannot commit them any more, and whoever begins anew begins behind it. It spans at least one offset,
 * also when nothing is known to be lost, because a commit covers offsets.
 */
import { isAppError } from '../../model/errors.ts'
import type { OffsetSpan } from '../../model/generations.ts'
import { STORE_RETRIES } from '../retry.ts'
import { type CommitOptions, commitFiles } from './commit.ts'
import type { CommitEntry } from './commit-entry.ts'
import { finishCommit, type LogPlace, lastEntry } from './commit-log.ts'

export interface FenceRequest {
  readonly topic: string
  /** Of the new one. */
  readonly topicId: string
  readonly writer: string
  /** The offset of the log behind the last record that the old topic is known to have had. */
  readonly knownHigh: number
  readonly at: number
}

/** A worker of the old topic that commits each time first would have to hold very many commits. */
const ROUNDS_MAX = 100

/** The partitions that have a log, ascending. */
export async function partitionsOfLog({ store, layout, stream }: LogPlace): Promise<readonly number[]> {
  const found = await store.list(layout.commitsDir(stream))
  const names = found.filter(({ kind, name }) => kind === 'directory' && /^\d{1,6}$/.test(name))
  return names.map(({ name }) => Number(name)).sort((a, b) => a - b)
}

/**
 * Ends the old topic's part of the log of a partition. Done again after a crash, it finds what was done. Resolves to the offset of
 * the log at which the new topic begins, and to what was lost of the old one.
 */
export async function fencePartition(
  options: Omit<CommitOptions, 'retries'>,
  partition: number,
  { topic, topicId, writer, knownHigh, at }: FenceRequest,
): Promise<{ readonly base: number; readonly lost: OffsetSpan | undefined }> {
  for (let round = 1; ; round++) {
    const last = await lastEntry(options, partition)
    // only the last entry's files may not be in place yet: it is the last one no longer
    if (last) await finishCommit(options, last)
    if (last && isFence(last) && last.topicId === topicId) return answerOf(last)
    const from = last?.to ?? 0
    const missing = knownHigh > from ? [{ from, to: knownHigh }] : []
    const draft = { topic, topicId, partition, from, to: Math.max(from, knownHigh) + 1, writer, rejected: 0, missing }
    try {
      const { stream } = options
      const retries = STORE_RETRIES
      return answerOf(await commitFiles({ ...options, retries }, { ...draft, stream, committedAt: at }, []))
    } catch (error) {
      if (!isAppError(error, 'fenced') || round === ROUNDS_MAX) throw error
    }
  }
}

function isFence({ records, rejected, from, to, missing }: CommitEntry): boolean {
  const lost = missing.reduce((sum, gap) => sum + gap.to - gap.from, 0)
  return records === 0 && rejected === 0 && lost < to - from
}

function answerOf({ partition, to, missing: [gap] }: CommitEntry) {
  return { base: to, lost: gap && { partition, from: gap.from, to: gap.to } }
}
