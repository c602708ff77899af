/** Rows that change places glide to where they now stand, unless the person wants no motion. Client only. */
import type { RefObject } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'

const GLIDE_MS = 450

/** @param order changes when rows may have moved; each row carries `data-key` */
export function useFlip(list: RefObject<HTMLElement | null>, order: string): void {
  const places = useRef(new Map<string, number>())
  const run = typeof document === 'undefined' ? () => undefined : useLayoutEffect
  run(() => {
    const rows = [...(list.current?.querySelectorAll<HTMLElement>('[data-key]') ?? [])]
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches
    const now = new Map(rows.map((row) => [row.dataset['key']!, row.offsetTop]))
    for (const row of calm ? [] : rows) {
      const before = places.current.get(row.dataset['key']!)
      const moved = before === undefined ? 0 : before - row.offsetTop
      if (moved !== 0) {
        row.animate([{ transform: `translateY(${moved}px)` }, { transform: 'none' }], {
          duration: GLIDE_MS,
          easing: 'cubic-bezier(.2,.8,.2,1)',
        })
      }
    }
    places.current = now
  }, [order])
}
