/** What may be wider than the screen: it scrolls by itself, with the keyboard too, and the page does not. */
import type { ComponentChildren, RefObject } from 'preact'

interface ScrollProps {
  readonly label: string
  readonly of: 'chart' | 'table'
  readonly box?: RefObject<HTMLDivElement | null>
  readonly children: ComponentChildren
}

export function Scroll({ label, of, box, children }: ScrollProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields, a section would be a landmark inside of its card
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable (axe: scrollable-region-focusable)
    <div class={`${of}-scroll`} role="group" aria-label={label} tabIndex={0} {...(box ? { ref: box } : {})}>
      {children}
    </div>
  )
}
