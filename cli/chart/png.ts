/**
 * An SVG as PNG, by resvg: no browser, no system library. It uses the fonts of this machine; an SVG leaves that to who looks at it.
 *
 * A script without a font is drawn as boxes. Which characters that would be is found out by drawing: what looks like a
 * character that no font can have is missing.
 */
import { Resvg } from '@resvg/resvg-js'
import { escapeXml, FONTS } from './svg.ts'

/** Twice the size: sharp on screens of today and on paper. */
const ZOOM = 2
const CELL = 24
const SYSTEM_FONTS = { loadSystemFonts: true }
/** The last private character: in no font. */
const NOWHERE = '\u{10FFFD}'

export function svgToPng(svg: string): Buffer {
  return new Resvg(svg, { fitTo: { mode: 'zoom', value: ZOOM }, font: SYSTEM_FONTS }).render().asPng()
}

/** Characters of the text that no font of this machine has, each once. */
export function missingGlyphs(content: string, font = SYSTEM_FONTS): readonly string[] {
  // controls, marks and blanks show nothing by themselves
  const chars = [...new Set(content)].filter((char) => !/[\p{C}\p{M}\s]/u.test(char))
  if (chars.length === 0) return []
  const cells = [NOWHERE, ...chars]
  const columns = 64
  const rows = Math.ceil(cells.length / columns)
  const texts = cells.map((char, i) => {
    const [x, y] = [(i % columns) * CELL, Math.floor(i / columns) * CELL + CELL * 0.75]
    return `<text x="${x}" y="${y}" font-size="${CELL / 2}">${escapeXml(char)}</text>`
  })
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${columns * CELL}" height="${rows * CELL}" font-family="${FONTS}">${texts.join('')}</svg>`
  const { pixels, width } = new Resvg(svg, { font }).render()
  const pictureOf = (i: number) => {
    const [left, top] = [(i % columns) * CELL, Math.floor(i / columns) * CELL]
    const lines = Array.from({ length: CELL }, (_, y) => {
      const at = ((top + y) * width + left) * BYTES_A_PIXEL
      return pixels.subarray(at, at + CELL * BYTES_A_PIXEL).toString('latin1')
    })
    return lines.join('')
  }
  const nothing = pictureOf(0)
  return chars.filter((_, i) => pictureOf(i + 1) === nothing)
}

const BYTES_A_PIXEL = 4
