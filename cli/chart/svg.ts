/**
 * What charts have in common: SVG as text, colours, how wide a text is. Pure.
 *
 * SVG is written as text, since a chart here is some rectangles, lines and words: d3-scale and d3-shape do what is arithmetic (scales,
 * ticks, curves), and a document object model on the server would only be turned into text again.
 */

/** Names fonts that cover scripts of the whole world, where they are installed; the viewer takes the first that has a glyph. */
export const FONTS =
  "'Noto Sans', 'DejaVu Sans', 'Noto Sans CJK JP', 'Noto Sans Arabic', 'Noto Sans Devanagari', 'Liberation Sans', Arial, sans-serif"

/** Ink, quiet ink, lines, paper. */
export const COLOURS = { ink: '#1b1f24', quiet: '#5b6570', line: '#d7dce1', paper: '#ffffff', bar: '#2f6db5' } as const

/** Okabe and Ito's, which people who see few colours can tell apart, without its yellow (too pale for a line on white). */
export const SERIES_COLOURS: readonly string[] = [
  '#0072b2',
  '#d55e00',
  '#009e73',
  '#cc79a7',
  '#e69f00',
  '#56b4e9',
  '#7a5195',
  '#8c564b',
]
/** Of a series that is one of too many. */
export const QUIET_SERIES = '#9aa5b1'

export interface TextOptions {
  readonly size?: number
  readonly fill?: string
  readonly anchor?: 'start' | 'middle' | 'end'
  readonly weight?: 'normal' | 'bold'
}

export function escapeXml(text: string): string {
  return [...text]
    .filter((char) => isXmlChar(char.codePointAt(0)!))
    .join('')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}

/** XML 1.0, production 2: of what may stand in a post, some may not stand in XML, escaped or not. */
function isXmlChar(code: number): boolean {
  return (
    code === 9 || code === 10 || (code >= 32 && code < 0xd800) || (code > 0xdfff && code !== 0xfffe && code !== 0xffff)
  )
}

export function text(x: number, y: number, content: string, options: TextOptions = {}): string {
  const { size = 14, fill = COLOURS.ink, anchor = 'start', weight = 'normal' } = options
  return `<text x="${round(x)}" y="${round(y)}" font-size="${size}" fill="${fill}" text-anchor="${anchor}" font-weight="${weight}">${escapeXml(content)}</text>`
}

export function round(value: number): number {
  return Math.round(value * 100) / 100
}

const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Extended_Pictographic}\u3000-\u303f\uff00-\uff60]/u
const MARK = /\p{Mark}|\p{Format}/u

/** About how wide it will be, px: fonts are the viewer's, so nobody knows better here. */
export function widthOf(content: string, size: number): number {
  let ems = 0
  for (const char of content)
    ems += MARK.test(char) ? 0 : WIDE.test(char) ? 1.02 : /[A-Z#%&@MWmw]/.test(char) ? 0.82 : 0.57
  return ems * size
}

/** What fits, with an ellipsis where something had to go. */
export function clip(content: string, size: number, width: number): string {
  if (widthOf(content, size) <= width) return content
  const graphemes = [...new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(content)]
  let kept = ''
  for (const { segment } of graphemes) {
    if (widthOf(`${kept}${segment}…`, size) > width) break
    kept += segment
  }
  return `${kept}…`
}

/** Lines of parts that stand between `·`, from the bottom up: nothing of where an answer comes from is cut off. */
export function footer(x: number, bottom: number, content: string, width: number): readonly string[] {
  const lines: string[] = []
  for (const part of content.split(' · ')) {
    const longer = `${lines.at(-1)} · ${part}`
    if (lines.length > 0 && widthOf(longer, FOOTER_SIZE) <= width) lines[lines.length - 1] = longer
    else lines.push(part)
  }
  const first = bottom - (lines.length - 1) * (FOOTER_SIZE + 5)
  return lines.map((line, i) =>
    text(x, first + i * (FOOTER_SIZE + 5), line, { size: FOOTER_SIZE, fill: COLOURS.quiet }),
  )
}

const FOOTER_SIZE = 12

export interface Page {
  readonly width: number
  readonly height: number
  /** For those who hear it instead of seeing it. */
  readonly title: string
  readonly description: string
  readonly body: readonly string[]
}

export function page({ width, height, title, description, body }: Page): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" font-family="${FONTS}">
<title>${escapeXml(title)}</title>
<desc>${escapeXml(description)}</desc>
<rect width="${width}" height="${height}" fill="${COLOURS.paper}"/>
${body.join('\n')}
</svg>
`
}
