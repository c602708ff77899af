/** On a narrow screen a chart over time begins at its end: the newest hours are what is looked for first. */
import type { RefObject } from 'preact'
import { useEffect } from 'preact/hooks'

/** @param newest when it changes the chart is at its end again */
export function useNewestInSight(box: RefObject<HTMLElement | null>, newest: string): void {
  useEffect(() => {
    box.current?.scrollTo({ left: box.current.scrollWidth })
  }, [box, newest])
}
