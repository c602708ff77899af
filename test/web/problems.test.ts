import { describe, expect, it } from 'vitest'
import type { HourId } from '../../model/time.ts'
import type { Group } from '../../web/contract/pipeline.ts'
import type { Look } from '../../web/pipeline/look.ts'
import { findPipelineProblems } from '../../web/pipeline/problems.ts'

const AT = Date.parse('2026-11-16T10:30:00Z')

function lookOf(more: Partial<Look> = {}): Look {
  return {
    at: AT,
    topic: 'posts',
    deadLetterTopic: 'posts.dead-letters',
    groupIds: { archive: 'archive', speed: 'speed' },
    kafka: { ok: true, value: { topics: new Map(), groups: [] } },
    temporal: {
      ok: true,
      value: {
        pollers: [{ identity: 'w1', seenAt: AT - 30_000 }],
        schedule: { paused: false, note: '', next: [], lastRun: null },
      },
    },
    mongo: { ok: true, value: { about: 'mongodb', problems: [], countedTo: new Map() } },
    lake: { ok: true, value: 'hdfs' },
    ...more,
  }
}

function groupOf(name: Group['name'], lag: number, members = 1): Group {
  const member = { clientId: name, host: '127.0.0.1', partitions: [0] }
  return { name, groupId: name, state: 'Stable', members: Array(members).fill(member), lag, partitions: [] }
}

const GROUPS = [groupOf('archive', 12), groupOf('speed', 3)]
const codesOf = (look: Look, groups = GROUPS, reasons: Parameters<typeof findPipelineProblems>[0]['reasons'] = []) =>
  findPipelineProblems({ look, groups, reasons }).map(({ code, severity }) => `${severity} ${code}`)

describe('what is wrong now', () => {
  it('is nothing when everything works', () => {
    expect(codesOf(lookOf())).toEqual([])
  })

  it('is each service that does not answer, with what follows and what to do', () => {
    const away = { ok: false, why: 'no answer' } as const
    expect(codesOf(lookOf({ kafka: away, temporal: away, mongo: away, lake: away }), [])).toEqual([
      'error kafka-away',
      'error mongodb-away',
      'error temporal-away',
      'error lake-away',
    ])
    const [problem] = findPipelineProblems({ look: lookOf({ mongo: away }), groups: GROUPS, reasons: null })
    expect(problem).toMatchObject({
      message: expect.stringContaining('known before'),
      remedy: 'No answer',
      hours: null,
    })
  })

  it('is a group without members: worse when something waits for it', () => {
    expect(codesOf(lookOf(), [groupOf('archive', 0, 0), groupOf('speed', 9, 0)])).toEqual([
      'error speed-away',
      'warning archive-away',
    ])
  })

  it('is a group that is far behind, and not one that is a little', () => {
    expect(codesOf(lookOf(), [groupOf('archive', 200_001), groupOf('speed', 200_000)])).toEqual([
      'warning archive-behind',
    ])
  })

  it('is that nobody has asked for batch work for minutes', () => {
    const temporal = (seenAt: number | null): Look['temporal'] => ({
      ok: true,
      value: { pollers: [{ identity: 'w1', seenAt }], schedule: { paused: false, note: '', next: [], lastRun: null } },
    })
    expect(codesOf(lookOf({ temporal: temporal(AT - 6 * 60_000) }))).toEqual(['error batch-away'])
    expect(codesOf(lookOf({ temporal: temporal(null) }))).toEqual(['error batch-away'])
    expect(codesOf(lookOf({ temporal: temporal(AT - 60_000) }))).toEqual([])
  })

  it('is a schedule that is not there, or paused', () => {
    const pollers = [{ identity: 'w1', seenAt: AT }]
    const paused = { paused: true, note: 'for the move', next: [], lastRun: null }
    expect(codesOf(lookOf({ temporal: { ok: true, value: { pollers, schedule: null } } }))).toEqual([
      'warning no-schedule',
    ])
    const [problem] = findPipelineProblems({
      look: lookOf({ temporal: { ok: true, value: { pollers, schedule: paused } } }),
      groups: GROUPS,
      reasons: [],
    })
    expect(problem).toMatchObject({ code: 'schedule-paused', message: expect.stringContaining('for the move') })
  })

  it('is dead letters of the last hour, and not those of yesterday', () => {
    const reason = (lastAt: number) => [{ reason: 'not JSON', rest: false, count: 3, lastAt, example: '{' }]
    expect(codesOf(lookOf(), GROUPS, reason(AT - 60_000))).toEqual(['warning dead-letters'])
    expect(codesOf(lookOf(), GROUPS, reason(AT - 86_400_000))).toEqual([])
  })

  it('is what the ledger says of hours, behind what is worse', () => {
    const mongo: Look['mongo'] = {
      ok: true,
      value: {
        about: 'mongodb',
        countedTo: new Map(),
        problems: [
          { kind: 'gap', cause: 'no-records', from: '2026-11-16T07' as HourId, to: '2026-11-16T09' as HourId },
        ],
      },
    }
    const found = findPipelineProblems({ look: lookOf({ mongo }), groups: [groupOf('speed', 9, 0)], reasons: [] })
    expect(found.map(({ code }) => code)).toEqual(['speed-away', 'hours-gap'])
    expect(found[1]).toMatchObject({
      message: 'No records, where there usually are',
      remedy: expect.stringMatching(/^Is the source there/),
      facts: { kind: 'gap', cause: 'no-records' },
      hours: { from: '2026-11-16T07', to: '2026-11-16T09' },
    })
  })
})
