import { describe, expect, it } from 'vitest'
import { hourStart, nextHour } from '../../model/time.ts'
import type { SpeedStateDocument } from '../../views/documents.ts'
import { type HourFacts, provenanceOf } from '../../views/provenance.ts'
import { BOARD, HOUR, STREAM } from './documents.ts'

const UNDER = { edition: 2, liveVersion: 7 }
const NOW = hourStart(nextHour(HOUR, 2)) + 600_000

function hour(offset: number, facts: Partial<HourFacts>): HourFacts {
  return {
    hour: nextHour(HOUR, offset),
    origin: 'batch',
    standing: 'sealed',
    owner: { edition: 2, extractor: 'hashtags@2' },
    copies: 0,
    amendments: [],
    gap: null,
    ...facts,
  }
}

const live = (offset: number) => hour(offset, { origin: 'speed', standing: 'provisional' })
const gone = (offset: number) =>
  hour(offset, { origin: 'none', standing: 'missing', gap: { hour: nextHour(HOUR, offset), why: 'unknown' } })

function state(partition: number, more: Partial<SpeedStateDocument>): SpeedStateDocument {
  return {
    _id: `x/${partition}`,
    stream: STREAM,
    board: BOARD,
    extractor: 'hashtags@2',
    partition,
    version: 1,
    offset: 1,
    resumeFrom: 0,
    watermark: NOW,
    finalTo: NOW,
    late: 0,
    worker: 'w',
    updatedAt: NOW,
    ...more,
  }
}

describe('the provenance of an answer', () => {
  it.each([
    ['batch', [hour(0, {})]],
    ['speed', [live(0)]],
    ['mixed', [hour(0, {}), live(1)]],
    ['batch', [hour(0, {}), gone(1)]],
    ['none', [gone(0)]],
  ] as const)('is %s by who answered its hours', (origin, hours) => {
    expect(provenanceOf(hours, UNDER, [], NOW).origin).toBe(origin)
  })

  it('names editions and extractors of the hours that were answered, each once and in order', () => {
    const old = { edition: 1, extractor: 'hashtags@1' }
    const hours = [hour(0, { owner: old }), hour(1, {}), hour(2, {}), gone(3), live(4)]
    expect(provenanceOf(hours, UNDER, [], NOW)).toMatchObject({
      edition: 2,
      liveVersion: 7,
      editions: [1, 2],
      extractors: ['hashtags@1', 'hashtags@2'],
      hours: { sealed: 3, amended: 0, provisional: 1, missing: 1 },
      provisional: ['2026-11-16T11'],
      gaps: [{ hour: '2026-11-16T10', why: 'unknown' }],
    })
  })

  it('lists what was amended, when and by how much', () => {
    const amended = hour(1, {
      standing: 'amended',
      amendments: [
        { at: 5, records: 37 },
        { at: 6, records: 1 },
      ],
    })
    expect(provenanceOf([hour(0, {}), amended], UNDER, [], NOW).amended).toEqual([
      { hour: '2026-11-16T08', at: 5, records: 37 },
      { hour: '2026-11-16T08', at: 6, records: 1 },
    ])
  })

  it('says how far speed is by its slowest partition, and up to the end of the hours asked for', () => {
    const states = [
      state(0, { finalTo: hourStart(HOUR) + 3_300_000, late: 2, updatedAt: NOW - 400 }),
      state(1, { late: 1 }),
    ]
    expect(provenanceOf([live(0)], UNDER, states, NOW).speed).toEqual({
      partitions: 2,
      completeTo: hourStart(HOUR) + 3_300_000,
      secondsBehind: 300,
      writtenAt: NOW - 400,
      late: 3,
    })
    expect(provenanceOf([live(2)], UNDER, states, NOW).speed?.secondsBehind).toBe(300 + 3_600 + 600)
    expect(provenanceOf([live(0)], UNDER, [state(0, {})], NOW).speed?.secondsBehind).toBe(0)
    expect(provenanceOf([hour(0, {})], UNDER, states, NOW).speed).toBeNull()
  })

  it('does not count from 1970 for a partition that has closed no slot, or has had no record', () => {
    const fresh = state(0, { offset: 7, finalTo: 0 })
    const empty = state(1, { offset: 0, finalTo: 0 })
    expect(provenanceOf([live(0)], UNDER, [fresh, empty], NOW).speed).toMatchObject({
      partitions: 1,
      completeTo: hourStart(HOUR),
    })
    expect(provenanceOf([live(0)], UNDER, [empty], NOW).speed).toBeNull()
  })

  it('counts every hour in exactly one standing', () => {
    const hours = [hour(0, {}), live(1), gone(2), hour(3, { standing: 'amended' }), hour(4, { origin: 'none' })]
    const counts = Object.values(provenanceOf(hours, UNDER, [], NOW).hours)
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(hours.length)
  })
})
