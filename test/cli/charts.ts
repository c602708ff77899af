/** Answers for tests of pictures: what matters in them are rows and hours. */
import { type HourId, nextHour } from '../../model/time.ts'
import type { Answer } from '../../views/answer.ts'

export function answerOf(
  from: HourId,
  shown: readonly string[],
  more: { readonly provisional?: boolean } = {},
): Answer {
  return {
    stream: 'posts',
    board: 'hashtags',
    from,
    to: nextHour(from),
    rows: shown.map((term, i) => ({
      rank: i + 1,
      key: term.toLowerCase(),
      shown: term,
      count: 1_000 - 90 * i,
      countMax: 1_000 - 90 * i,
    })),
    exact: true,
    total: 5_000,
    records: 4_000,
    copies: 10,
    unproven: null,
    doubt: null,
    provenance: {
      origin: 'batch',
      liveVersion: 1,
      edition: 1,
      editions: [1],
      extractors: ['hashtags@2'],
      hours: { sealed: more.provisional ? 0 : 1, amended: 0, provisional: more.provisional ? 1 : 0, missing: 0 },
      provisional: [],
      amended: [],
      quarantined: [],
      gaps: [],
      speed: null,
    },
  } as unknown as Answer
}
