/** WCAG 2.2, 1.4.3 and 1.4.11, on the colours as they are written: a browser test sees only those that its data happens to show. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const css = readFileSync(new URL('../../../web/page/style/colours.css', import.meta.url), 'utf8')

/** `--name: light-dark(#light, #dark);` */
const PAIR = /--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);/g
const pairs = [...css.matchAll(PAIR)].map(([, name = '', light = '', dark = '']) => ({ name, light, dark }))

type Colours = Readonly<Record<string, string>>
const themes: Readonly<Record<'light' | 'dark', Colours>> = {
  light: Object.fromEntries(pairs.map(({ name, light }) => [name, light])),
  dark: Object.fromEntries(pairs.map(({ name, dark }) => [name, dark])),
}

/** Relative luminance, WCAG 2.2. */
function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!
}

function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x)
  return (light! + 0.05) / (dark! + 0.05)
}

const LINES = Array.from({ length: 10 }, (_, i) => `k${i}`)
const PAIRS: readonly (readonly [text: string, ground: string])[] = [
  ...['text', 'quiet'].flatMap((text) => ['card', 'ground', 'sunken'].map((ground) => [text, ground] as const)),
  ...['accent', 'good', 'warn', 'bad', ...LINES].map((text) => [text, 'card'] as const),
  ...['accent', 'good', 'warn', 'bad'].map((text) => [text, `${text}-soft`] as const),
  ['text', 'accent-soft'],
  ['quiet', 'accent-soft'],
  ['on-accent', 'accent'],
  ['on-mark', 'live'],
  ...LINES.map((line) => ['on-mark', line] as const),
]

describe.each(Object.entries(themes))('%s', (_name, colours) => {
  it.each(PAIRS)('%s can be read on %s', (text, ground) => {
    expect(contrast(colours[text]!, colours[ground]!)).toBeGreaterThanOrEqual(4.5)
  })
})

it('has every colour that is named, light and dark', () => {
  const named = [...css.matchAll(/--([\w-]+):/g)].map(([, name]) => name!).filter((name) => name !== 'k')
  expect(Object.keys(themes.light).concat('shadow').sort()).toEqual(named.sort())
})

it('is measured as the standard says', () => {
  expect(contrast('#ffffff', '#000000')).toBeCloseTo(21)
  expect(contrast('#777777', '#ffffff')).toBeLessThan(4.5)
})
