const segments = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** At most so many characters as people count them, an ellipsis among them. */
export function ellipsis(text: string, most: number): string {
  const characters = [...segments.segment(text)].map(({ segment }) => segment)
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`
}
