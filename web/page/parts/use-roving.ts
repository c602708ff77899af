/**
 * A grid of links is one stop of the tab key; arrows move inside of it (WAI-ARIA, roving tabindex). Without a script every link is a stop.
 * Cells are the elements with `data-cell`, rows the ancestors with `data-row`.
 */
import type { RefObject } from 'preact'
import { useEffect } from 'preact/hooks'

/** @param mark changes when the cells may be others */
export function useRoving(grid: RefObject<HTMLElement | null>, mark: string): void {
  useEffect(() => {
    const root = grid.current
    if (!root) return undefined
    const rows = () =>
      [...root.querySelectorAll('[data-row]')].map((row) => [...row.querySelectorAll<HTMLElement>('[data-cell]')])
    const all = rows().flat()
    const stop = all.find((cell) => cell.tabIndex === 0 && cell.hasAttribute('tabindex')) ?? all[0]
    for (const cell of all) cell.tabIndex = cell === stop ? 0 : -1
    const onKey = (event: KeyboardEvent) => {
      const cells = rows()
      const active = document.activeElement as HTMLElement
      const row = cells.findIndex((one) => one.includes(active))
      if (row < 0) return
      const next = neighbour(cells, row, cells[row]!.indexOf(active), event.key)
      if (!next) return
      event.preventDefault()
      active.tabIndex = -1
      next.tabIndex = 0
      next.focus()
    }
    root.addEventListener('keydown', onKey)
    return () => root.removeEventListener('keydown', onKey)
  }, [grid, mark])
}

function neighbour<T>(cells: readonly (readonly T[])[], row: number, column: number, key: string): T | undefined {
  const here = cells[row]!
  if (key === 'ArrowRight') return here[column + 1]
  if (key === 'ArrowLeft') return here[column - 1]
  if (key === 'Home') return here[0]
  if (key === 'End') return here.at(-1)
  const other = key === 'ArrowDown' ? cells[row + 1] : key === 'ArrowUp' ? cells[row - 1] : undefined
  return other?.[Math.min(column, other.length - 1)]
}
