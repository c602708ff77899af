/** Documents for tests: whole and valid, with what a test cares about given. */
import type { BoardName } from '../../model/boards.ts'
import type { NewEdition } from '../../model/editions.ts'
import type { SourceStanding } from '../../model/source-standing.ts'
import { columnsOf, type TermCount, tallyOf } from '../../model/tally.ts'
import { type HourId, slotId, slotStart } from '../../model/time.ts'
import type { NewBatchDocument } from '../../views/batch.ts'
import type { NewHourDocument } from '../../views/hours.ts'
import type { NewSpeedDocument } from '../../views/speed.ts'

export const STREAM = 'posts'
export const BOARD: BoardName = 'hashtags'
export const HOUR = '2026-11-16T07' as HourId

/** A socket that begins to be read. */
export function sourceStanding(more: Partial<SourceStanding>): SourceStanding {
  return {
    ...{ name: 'socket:127.0.0.1:7777', stream: STREAM, host: 'here', pid: 7, state: 'running', position: 'null' },
    ...{ movedAt: null, records: 0, deadLetters: 0, rate: null, startedAt: 0, reportedAt: 0, everyMs: 2_000, ...more },
  }
}

export function terms(counts: Readonly<Record<string, number>>): TermCount[] {
  return Object.entries(counts).map(([key, count]) => ({ key, shown: key.toUpperCase(), count }))
}

export function batchDocument(
  counts: Readonly<Record<string, number>>,
  more: Partial<NewBatchDocument> & { readonly termsMax?: number } = {},
): NewBatchDocument {
  const { termsMax, ...facts } = more
  return {
    stream: STREAM,
    board: BOARD,
    edition: 1,
    hour: HOUR,
    extractor: 'hashtags@2',
    ...columnsOf(tallyOf(terms(counts), 100, termsMax)),
    copies: 0,
    digest: 'd1',
    files: 1,
    bytes: 1_000,
    tallyPath: `/t/${more.edition ?? 1}/${more.hour ?? HOUR}`,
    computedAt: 1,
    by: 'test',
    amendments: [],
    ...facts,
  }
}

export function speedDocument(
  counts: Readonly<Record<string, number>>,
  more: Partial<NewSpeedDocument> & { readonly termsMax?: number } = {},
): NewSpeedDocument {
  const { termsMax, ...facts } = more
  const slot = more.slot ?? slotId(Date.parse('2026-11-16T07:05:00Z'))
  return {
    stream: STREAM,
    board: BOARD,
    extractor: 'hashtags@2',
    hour: slot.slice(0, 13) as HourId,
    slot,
    slotMs: 300_000,
    partition: 0,
    offset: 10,
    closed: false,
    ...columnsOf(tallyOf(terms(counts), 10, termsMax)),
    copies: 0,
    updatedAt: slotStart(slot),
    ...facts,
  }
}

export function newEdition(more: Partial<NewEdition> = {}): NewEdition {
  return {
    stream: STREAM,
    parent: null,
    since: null,
    until: null,
    extractors: { hashtags: 'hashtags@1' },
    state: 'building',
    reason: 'a test',
    by: 'test',
    createdAt: 1,
    workflowId: null,
    ...more,
  }
}

export function hourEntry(more: Partial<NewHourDocument> = {}): NewHourDocument {
  return {
    stream: STREAM,
    hour: HOUR,
    sealedAt: null,
    digest: 'd1',
    wholeDigest: 'd1',
    records: 0,
    bytes: 0,
    files: 0,
    partitions: [],
    firstArrivedAt: null,
    lastArrivedAt: null,
    late: 0,
    lost: 0,
    quarantined: { files: 0, records: 0 },
    amendments: [],
    refused: null,
    updatedAt: 1,
    ...more,
  }
}
