import { describe, expect, it } from 'vitest'
import { AppError } from '../../model/errors.ts'
import {
  parseCleanup,
  parseExtractors,
  parseHourly,
  parseRebuild,
  parseRecompute,
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
      extractors: { hashtags: 'hashtags@2' },
      hold: false,
      reason: 'mistake in @1',
      by: 'somebody',
    })
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
  })
})
