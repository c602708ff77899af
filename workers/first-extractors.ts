/** Which extractor each board starts with in a new installation: what the configuration says, else the boards' own. */
import type { Config } from '../app/config.ts'
import { BOARD_NAMES, type BoardName, boards } from '../model/boards.ts'
import { parseExtractors } from '../model/requests.ts'

/** @throws AppError `bad-input` when `batch.extractors` names what is not there */
export function firstExtractors(config: Pick<Config, 'batch'>): Readonly<Record<BoardName, string>> {
  const given = parseExtractors('batch.extractors', config.batch.extractors)
  const pairs = BOARD_NAMES.map((board) => [board, given[board] ?? boards[board].defaultExtractor])
  return Object.fromEntries(pairs) as Record<BoardName, string>
}
