/** Icons of 20 × 20, drawn with the text's colour. They say nothing by themselves: a label stands beside each. */
import type { ViewName } from '../state/route.ts'

const PATHS = {
  now: 'M3 11h3l2.5-6 3.5 10L14.500 9H17',
  hours: 'M2.500 14c4.500 0 4-8 7.500-8s3 6 7.500 6M2.500 7c4.500 0 4 7 7.500 7s3-8 7.500-8',
  range: 'M3 5v10M17 5v10M3 10h14M6 7.500 3 10l3 2.500M14 7.500 17 10l-3 2.500',
  term: 'M8 3 6.500 17M13.500 3 12 17M3.500 7.500h13.500M3 12.500h13.500',
  editions: 'M10 2.500 2.500 6.500 10 10.500l7.500-4zM2.500 10l7.500 4 7.500-4M2.500 13.500l7.500 4 7.500-4',
  pipeline: 'M3 3h5v5H3zM12 12h5v5h-5zM8 5.500h3.500a3 3 0 0 1 3 3V12',
  settings: 'M3 6h7M14 6h3M3 14h3M10 14h7M12 4v4M8 12v4',
  before: 'M12 4 6 10l6 6',
  after: 'M8 4l6 6-6 6',
  warning: 'M10 3 2 17h16zM10 8v4M10 14.500v.5',
  done: 'M4 10.500 8 14.500 16 6',
  link: 'M8.500 11.500a3 3 0 0 0 4.200 0l3-3a3 3 0 0 0-4.200-4.200l-1 1M11.500 8.500a3 3 0 0 0-4.200 0l-3 3a3 3 0 0 0 4.200 4.200l1-1',
} as const satisfies Partial<Record<ViewName, string>> & Record<string, string>

export function Icon({ name }: { readonly name: keyof typeof PATHS }) {
  return (
    <svg class="icon" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
      <path
        d={PATHS[name]}
        fill="none"
        stroke="currentColor"
        stroke-width="1.6"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  )
}
