/** The registry of boards: a board is a ranking, that is stream + extractor + slot length. A new one is a few lines here. */
import type { StreamName } from './streams/stream.ts'
import { TERM_LENGTH_MAX } from './terms/term-length.ts'
import { MINUTE_MS } from './time.ts'

export interface Board {
  readonly name: string
  readonly stream: StreamName
  /** Which extractor family counts it; the version is the edition's matter. */
  readonly family: string
  /** What a new installation starts its first edition with. */
  readonly defaultExtractor: string
  readonly slotMs: number
  /** The greatest length of a term, in code points; TERM_LENGTH_MAX unless the board says otherwise. Longer ones are left out, and counted. */
  readonly termLengthMax?: number
}

export const boards = {
  hashtags: {
    name: 'hashtags',
    stream: 'posts',
    family: 'hashtags',
    defaultExtractor: 'hashtags@2',
    slotMs: 5 * MINUTE_MS,
  },
} as const satisfies Record<string, Board>

export type BoardName = keyof typeof boards
export const BOARD_NAMES = Object.keys(boards) as readonly BoardName[]

/** The boards that count a stream, in the registry's order. */
export function boardsOf(stream: StreamName): readonly BoardName[] {
  return BOARD_NAMES.filter((board) => boards[board].stream === stream)
}

/** The greatest length of the board's terms, in code points. `board` may be one of another release. */
export function termLengthMaxOf(board: string): number {
  const known: Readonly<Record<string, Board>> = boards
  return known[board]?.termLengthMax ?? TERM_LENGTH_MAX
}
