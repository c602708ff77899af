/** Pictures of rankings: what is drawn is what was answered. */
import { describe, expect, it } from 'vitest'
import { barChart } from '../../cli/chart/bar-chart.ts'
import { bumpChart, runsOf } from '../../cli/chart/bump-chart.ts'
import { missingGlyphs, svgToPng } from '../../cli/chart/png.ts'
import { clip, escapeXml, footer, widthOf } from '../../cli/chart/svg.ts'
import { chartKind } from '../../cli/chart.ts'
import { type HourId, nextHour, parseHour } from '../../model/time.ts'
import { answerOf } from './charts.ts'

const FROM = parseHour('2026-11-16T07')
const words = { title: 'hashtags  Mon 16 Nov', provenance: 'batch · edition 1', hour: (hour: HourId) => hour.slice(-2) }
const attributesOf = (svg: string, tag: string, name: string) =>
  [...svg.matchAll(new RegExp(`<${tag}[^>]* ${name}="([^"]*)"`, 'g'))].map(([, value]) => value!)

describe('bars', () => {
  it('are as long as their counts', () => {
    const [, ...bars] = attributesOf(barChart(answerOf(FROM, ['a', 'b', 'c']), words), 'rect', 'width').map(Number)
    const [first, second, third] = bars
    expect(second! / first!).toBeCloseTo(910 / 1_000, 3)
    expect(third! / first!).toBeCloseTo(820 / 1_000, 3)
  })

  it('show how great a count may be, where that is not certain', () => {
    const answer = answerOf(FROM, ['a', 'b'])
    const unsure = { ...answer, rows: answer.rows.map((row) => ({ ...row, countMax: row.count + 100 })) }
    expect(barChart(unsure, words)).toContain('1,000 to 1,100')
    expect(barChart(unsure, words).match(/fill-opacity="0.3"/g)).toHaveLength(2)
    expect(barChart(answer, words)).not.toContain('fill-opacity')
  })

  it('have the terms as text too, whatever a term holds', () => {
    const svg = barChart(answerOf(FROM, ['<script>', 'a&b', '日本', 'x\u0000y']), words)
    expect(svg).toContain('#&lt;script&gt;')
    expect(svg).not.toContain('<script>')
    expect(svg).toContain('1. #&lt;script&gt;: 1,000; 2. #a&amp;b: 910; 3. #日本: 820; 4. #xy: 730')
  })

  it('say so when there is nothing', () => {
    expect(barChart(answerOf(FROM, []), words)).toContain('nothing was counted')
  })
})

describe('ranks over hours', () => {
  const hours = [FROM, nextHour(FROM), nextHour(FROM, 2), nextHour(FROM, 3)]
  const of = (...tops: readonly (readonly string[])[]) => tops.map((top, i) => answerOf(hours[i]!, top))

  it('draw a point for each row of each hour, at the place of its rank', () => {
    const svg = bumpChart(of(['a', 'b'], ['b', 'a'], ['a', 'c']), 2, words)
    const ys = attributesOf(svg, 'circle', 'cy').map(Number)
    expect(ys).toHaveLength(6)
    const [top, bottom] = [Math.min(...ys), Math.max(...ys)]
    // series by series: a at 1, 2, 1; b at 2, 1; c at 2
    expect(ys).toEqual([top, bottom, top, bottom, top, bottom])
  })

  it('break a line where the term is not among the first', () => {
    const point = (hour: HourId) => ({ hour, rank: 1, count: 1, provisional: false })
    const runs = runsOf([point(hours[0]!), point(hours[1]!), point(hours[3]!)], hours)
    expect(runs.map((run) => run.map(({ hour }) => hour))).toEqual([[hours[0], hours[1]], [hours[3]]])
  })

  it('mark what may still change, and hours of which nothing is known', () => {
    const answers = [
      answerOf(hours[0]!, ['a']),
      answerOf(hours[1]!, []),
      answerOf(hours[2]!, ['a'], { provisional: true }),
    ]
    const svg = bumpChart(answers, 1, words)
    const [first, last] = attributesOf(svg, 'circle', 'fill')
    expect(last).toBe('#ffffff')
    expect(first).not.toBe('#ffffff')
    expect(svg.match(/fill-opacity="0.6"/g)).toHaveLength(1)
  })

  it('give colours to the terms that were there longest', () => {
    const svg = bumpChart(of(['a', 'x'], ['a', 'y'], ['a', 'z']), 2, words)
    const strokes = attributesOf(svg, 'circle', 'stroke')
    expect(new Set(strokes.slice(0, 3)).size).toBe(1)
    expect(new Set(strokes.slice(2))).toEqual(new Set([strokes[0], '#9aa5b1']))
  })

  it('can be of one hour alone', () => {
    expect(bumpChart(of(['a', 'b']), 2, words)).toContain('</svg>')
  })
})

describe('words in a picture', () => {
  it('are clipped between characters as people see them', () => {
    expect(clip('short', 10, 500)).toBe('short')
    const family = '👨‍👩‍👧'
    expect(clip(family.repeat(4), 10, widthOf(family, 10) * 2.2)).toMatch(/^(?:👨‍👩‍👧)*…$/u)
  })

  it('lose what XML cannot hold, and nothing else', () => {
    expect(escapeXml('a\u0007b\ud800c<🔥>')).toBe('abc&lt;🔥&gt;')
  })

  it('of where it comes from are never cut, they take another line', () => {
    const parts = ['batch and speed', 'edition 1', 'exact', '23 sealed']
    const lines = footer(0, 100, parts.join(' · '), 120)
    expect(lines.length).toBeGreaterThan(1)
    for (const part of parts) expect(lines.join()).toContain(part)
  })
})

describe('a PNG', () => {
  it('is the picture at twice its size', () => {
    const png = svgToPng(barChart(answerOf(FROM, ['a']), words))
    expect(png.subarray(1, 4).toString()).toBe('PNG')
    expect(png.readUInt32BE(16)).toBe(1_800)
  })

  it('would have boxes for what no font has: those characters are told, each once', () => {
    expect(missingGlyphs('ab日 a\u200d', { loadSystemFonts: false })).toEqual(['a', 'b', '日'])
    expect(missingGlyphs(' \u200d')).toEqual([])
  })

  it('is asked for by the name of the file', () => {
    expect(chartKind('Out.PNG')).toBe('.png')
    expect(chartKind('a.b/out.svg')).toBe('.svg')
    expect(() => chartKind('out.pdf')).toThrow(/\.svg or \.png/)
  })
})
