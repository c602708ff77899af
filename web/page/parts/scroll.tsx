/** What may be wider than the screen: it scrolls by itself, with the keyboard too, and the page does not. */
import type { ComponentChildren, RefObject } from 'preact'

interface ScrollProps {
  readonly label: string
  readonly of: 'chart' | 'table'
  readonly box?: RefObject<HTMLElement | null>
  readonly children: ComponentChildren
}

export function Scroll({ label, of, box, children }: ScrollProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable (axe: scrollable-region-focusable)
    <section class={`${of}-scroll`} aria-label={label} tabIndex={0} {...(box ? { ref: box } : {})}>
      {children}
    </section>
  )
}
