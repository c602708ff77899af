/**
 * The full tally: every term of one board and hour, as an ordinary Avro container file that Spark or fastavro can read.
 *
 *   file     := Avro header, block*
 *   row      := key (string), shown (string), count (long)          sorted by key in UTF-8 byte order, each key once
 *   metadata := tendance.tally  the facts below, JSON
 *               tendance.index  JSON [[first key, rows, bytes, greatest count]…], one entry a block; bytes with its sync marker
 *
 * The index stands in the header (the file is built in memory), so a term is found by reading the header and one block.
 *
 * Invariant: the same digest and extractor give the same bytes; a tally never changes under its name.
 */
import { createHash } from 'node:crypto'
import { termLengthMaxOf } from '../../model/boards.ts'
import { AppError } from '../../model/errors.ts'
import type { StreamName } from '../../model/streams/stream.ts'
import type { HourId } from '../../model/time.ts'
import type { Layout } from '../layout.ts'

export const TALLY_SCHEMA = {
  type: 'record',
  name: 'TallyRow',
  namespace: 'tendance',
  fields: [
    { name: 'key', type: 'string' },
    { name: 'shown', type: 'string' },
    { name: 'count', type: 'long' },
  ],
} as const

const FACTS = 'tendance.tally'
const INDEX = 'tendance.index'

export interface TallyName {
  readonly stream: StreamName
  readonly board: string
  readonly edition: number
  readonly hour: HourId
  /** Of the listing that was counted. */
  readonly digest: string
  readonly extractor: string
}

export interface TallyFileFacts extends TallyName {
  /** Records counted, copies removed. */
  readonly records: number
  readonly copies: number
  /** Sum of all counts. */
  readonly total: number
  /** Number of rows. */
  readonly distinct: number
  /** Terms left out because they are longer than the board takes; absent: none. */
  readonly longTerms?: number
}

export interface IndexEntry {
  readonly firstKey: string
  readonly rows: number
  readonly bytes: number
  readonly countMax: number
}

/**
 * Where the full tally of this name lies. One that left out long terms says with which bound: an earlier release, or a board with
 * another bound, may have written the same hour with them, and a tally never changes under its name.
 */
export function tallyPath(layout: Layout, name: TallyName & { readonly longTerms?: number }): string {
  const bound = name.longTerms ? `.terms-${termLengthMaxOf(name.board)}` : ''
  return `${layout.tallyDir(name.stream, name.edition, name.hour)}/${name.board}.${name.digest.slice(0, 12)}${bound}.avro`
}

/** From what decides the content, so that the same content has the same marker. */
export function tallySync(name: TallyName): Uint8Array {
  const { stream, board, hour, digest, extractor } = name
  return createHash('sha256').update([stream, board, hour, digest, extractor].join('\n')).digest().subarray(0, 16)
}

export function tallyMetadata(facts: TallyFileFacts, index: readonly IndexEntry[]): Record<string, string> {
  return {
    [FACTS]: JSON.stringify(facts),
    [INDEX]: JSON.stringify(index.map(({ firstKey, rows, bytes, countMax }) => [firstKey, rows, bytes, countMax])),
  }
}

/** @throws AppError `corrupt` when the file is an Avro container but not a tally of ours */
export function parseTallyMetadata(
  metadata: ReadonlyMap<string, Buffer>,
  path: string,
): { readonly facts: TallyFileFacts; readonly index: readonly IndexEntry[] } {
  const facts = metadata.get(FACTS)
  const index = metadata.get(INDEX)
  if (!facts || !index) {
    throw new AppError('corrupt', `${path} is not a full tally: its metadata lacks ${facts ? INDEX : FACTS}`, {
      facts: { path },
    })
  }
  const entries = JSON.parse(index.toString()) as readonly (readonly [string, number, number, number])[]
  return {
    facts: JSON.parse(facts.toString()) as TallyFileFacts,
    index: entries.map(([firstKey, rows, bytes, countMax]) => ({ firstKey, rows, bytes, countMax })),
  }
}
