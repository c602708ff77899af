import { describe, expect, it } from 'vitest'
import { beginEdition } from '../../model/editions.ts'
import { AppError } from '../../model/errors.ts'
import {
  inputOf,
  parseCleanup,
  parseCompact,
  parseExtractors,
  parseHourly,
  parsePreview,
  parseRebuild,
  parseRecompute,
  requestOfEdition,
  workflowIdOf,
} from '../../model/requests.ts'

function refusal(parse: () => unknown): AppError {
  try {
    parse()
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
  throw new Error('it was not refused')
}

describe('recompute', () => {
  it('takes what a person types in the Temporal UI', () => {
    const typed = { since: '2026-11-16T07:00:00Z', extractors: { hashtags: 'hashtags@2' }, reason: 'mistake in @1' }
    expect(parseRecompute(typed)).toEqual({
      kind: 'recompute',
      stream: 'posts',
      since: '2026-11-16T07',
      until: null,
      boards: null,
      extractors: { hashtags: 'hashtags@2' },
      hold: false,
      newestFirst: false,
      concurrency: null,
      keepMs: null,
      reason: 'mistake in @1',
      by: 'somebody',
    })
  })

  it('takes which boards, in what order, how many at once, and how long the edition before is kept', () => {
    const since = '2026-11-16T07'
    const more = { boards: 'hashtags', newestFirst: true, concurrency: 8, keep: '36h' }
    expect(parseRecompute({ since, ...more })).toMatchObject({
      boards: ['hashtags'],
      newestFirst: true,
      concurrency: 8,
      keepMs: 36 * 3_600_000,
    })
    expect(parseRebuild({ boards: ['hashtags'] }).boards).toEqual(['hashtags'])
  })

  it('is read again as it was from what starting it sends', () => {
    const typed = { since: '2026-11-16T07', until: '2026-11-17T00', boards: 'hashtags', keep: '90m', concurrency: 2 }
    for (const request of [parseRecompute(typed), parseRecompute({ since: typed.since })]) {
      expect(parseRecompute(inputOf(request))).toEqual(request)
    }
    const rebuild = parseRebuild({ hold: true, keep: '2w' })
    expect(parseRebuild(inputOf(rebuild))).toEqual(rebuild)
  })

  it.each([
    ['2026-11-16T07', '2026-11-16T07'],
    ['2026-11-16T07:00Z', '2026-11-16T07'],
    ['2026-11-16T08:00:00+01:00', '2026-11-16T07'],
    ['2026-11-16T07:00:00.000Z', '2026-11-16T07'],
  ])('understands since %s as %s', (since, hour) => {
    expect(parseRecompute({ since }).since).toBe(hour)
  })

  it.each([
    [{}, 'since', 'missing'],
    [{ since: 'last monday 7h' }, 'since', '"last monday 7h"'],
    [{ since: 20261116 }, 'since', '20261116'],
    [{ since: '2026-11-31T07' }, 'since', '"2026-11-31T07"'],
    [{ since: '2026-11-16T07:30:00Z' }, 'since', '2026-11-16T07 or 2026-11-16T08'],
    [{ since: '2026-11-16T07', until: '2026-11-16T07' }, 'until', 'behind since'],
    [{ since: '2026-11-16T07', extractors: 'hashtags@9' }, 'extractors', 'hashtags@1, hashtags@2'],
    [{ since: '2026-11-16T07', extractors: { mentions: 'hashtags@2' } }, 'extractors', 'boards are hashtags'],
    [{ since: '2026-11-16T07', hold: 'yes' }, 'hold', 'true or false'],
    [{ since: '2026-11-16T07', reason: '' }, 'reason', '1 to 1,000'],
    [{ since: '2026-11-16T07', stream: 'tweets' }, 'stream', 'streams are posts'],
    [{ since: '2026-11-16T07', extractor: 'hashtags@2' }, 'extractor', 'there is no such field'],
    [{ since: '2026-11-16T07', boards: 'mentions-of-none' }, 'boards', 'boards of posts are hashtags'],
    [{ since: '2026-11-16T07', boards: [] }, 'boards', 'boards of posts are hashtags'],
    [{ since: '2026-11-16T07', boards: 7 }, 'boards', 'boards of posts are hashtags'],
    [{ since: '2026-11-16T07', newestFirst: 1 }, 'newestFirst', 'true or false'],
    [{ since: '2026-11-16T07', concurrency: 501 }, 'concurrency', 'from 1 to 500'],
    [{ since: '2026-11-16T07', concurrency: 0 }, 'concurrency', 'from 1 to 500'],
    [{ since: '2026-11-16T07', concurrency: '8' }, 'concurrency', 'from 1 to 500'],
    [{ since: '2026-11-16T07', keep: 'a week' }, 'keep', '36h, 7d or 2w'],
    [{ since: '2026-11-16T07', keep: 7 }, 'keep', '36h, 7d or 2w'],
  ])('refuses %j naming %s, the value and what is right', (input, field, says) => {
    const error = refusal(() => parseRecompute(input))
    expect(error.code).toBe('bad-input')
    expect(error.retry).toBe('never')
    expect(error.facts).toMatchObject({ work: 'recompute', field })
    expect(error.message).toContain(`recompute: ${field} is `)
    expect(error.message).toContain(says)
  })

  it.each([['text'], [7], [[]]])('refuses %j, which is no object', (input) => {
    expect(refusal(() => parseRecompute(input)).message).toContain('write a JSON object')
  })
})

describe('extractors', () => {
  it.each([['hashtags@2'], ['hashtags=hashtags@2'], [['hashtags@2']], [{ hashtags: 'hashtags@2' }]])(
    'may be written %j',
    (written) => {
      expect(parseExtractors('recompute', written)).toEqual({ hashtags: 'hashtags@2' })
    },
  )
})

describe('the request of an edition whose run is forgotten', () => {
  it('is what an edition begun by it says of itself, and holds', () => {
    const asked = parseRecompute({
      since: '2026-11-16T07',
      until: '2026-11-17T00',
      extractors: 'hashtags@2',
      keep: '3d',
    })
    const { stream, since, until, boards, keepMs, reason, by } = asked
    const begun = { stream, since, until, boards, keepMs, reason, by, extractors: { hashtags: 'hashtags@2' } }
    const edition = beginEdition({ ...begun, parent: 3, state: 'building', createdAt: 1, workflowId: 'x' }, 4)
    expect(requestOfEdition(edition)).toEqual({ ...asked, hold: true })
    expect(requestOfEdition({ ...edition, parent: null }).kind).toBe('rebuild')
  })
})

describe('preview', () => {
  it('takes the input of a recompute, or without since that of a rebuild', () => {
    expect(parsePreview({ since: '2026-11-16T07' })).toEqual(parseRecompute({ since: '2026-11-16T07' }))
    expect(parsePreview({ extractors: 'hashtags@2' })).toEqual(parseRebuild({ extractors: 'hashtags@2' }))
    expect(refusal(() => parsePreview({ until: '2026-11-16T07' })).message).toContain('preview: since is missing')
  })
})

describe('the others', () => {
  it('hourly and cleanup need no input', () => {
    for (const nothing of [undefined, null, {}]) {
      expect(parseHourly(nothing)).toEqual({ stream: null })
      expect(parseCleanup(nothing)).toEqual({ stream: null, dryRun: false })
    }
  })
  it('rebuild has no since: it says so rather than ignore it', () => {
    expect(refusal(() => parseRebuild({ since: '2026-11-16T07' })).message).toContain('rebuild: since is')
  })
})

describe('workflow ids', () => {
  it('say what is done', () => {
    const input = { since: '2026-11-16T07', extractors: 'hashtags@2' }
    expect(workflowIdOf(parseRecompute(input), '2026-11-21')).toBe('recompute-2026-11-16T07-hashtags@2')
    expect(workflowIdOf(parseRecompute({ ...input, until: '2026-11-17T00' }), '2026-11-21')).toBe(
      'recompute-2026-11-16T07..2026-11-17T00-hashtags@2',
    )
    expect(workflowIdOf(parseRebuild({}), '2026-11-21')).toBe('rebuild-2026-11-21')
    expect(workflowIdOf(parseRebuild({ boards: 'hashtags' }), '2026-11-21')).toBe('rebuild-2026-11-21-hashtags')
  })
})

describe('what compact is asked', () => {
  it('has a default for everything, and hours as people write them', () => {
    expect(parseCompact(undefined)).toEqual({ stream: 'posts', since: null, until: null, dryRun: false })
    expect(parseCompact({ since: '2026-11-16T08:00+01:00', until: '2026-11-17T00', dryRun: true })).toEqual({
      stream: 'posts',
      since: '2026-11-16T07',
      until: '2026-11-17T00',
      dryRun: true,
    })
  })

  it.each([
    [{ since: 'monday' }, 'compact: since is "monday"'],
    [{ since: '2026-11-16T07', until: '2026-11-16T07' }, 'it must be behind since, 2026-11-16T07'],
    [{ files: 3 }, 'there is no such field; there are since, until, stream, dryRun'],
    [{ dryRun: 'yes' }, 'compact: dryRun is "yes"; write true or false'],
  ])('refuses %j by naming what is right', (input, says) => {
    expect(() => parseCompact(input)).toThrow(says)
  })
})
