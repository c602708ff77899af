/** Counts of the last slots as bars; the older half is paler, since it is what the newer is compared with. */
import type { LiveEvent } from '../../contract/live.ts'

const BAR = 5
const GAP = 1
const HEIGHT = 26

interface SparkProps {
  readonly counts: readonly number[]
  readonly slots: LiveEvent['slots']
  readonly label: string
  readonly isWide?: boolean
}

export function Spark({ counts, slots, label, isWide = false }: SparkProps) {
  const most = Math.max(1, ...counts)
  const width = counts.length * (BAR + GAP) - GAP
  const half = counts.length / 2
  return (
    <svg
      class={isWide ? 'spark wide' : 'spark'}
      viewBox={`0 0 ${width} ${HEIGHT}`}
      preserveAspectRatio={isWide ? 'none' : 'xMaxYMid meet'}
      role="img"
      aria-label={label}
    >
      {counts.map((count, i) => {
        const slot = slots[i]
        const known = slot?.known ?? true
        const height = known ? Math.max(count > 0 ? 2 : 0.75, (count / most) * HEIGHT) : HEIGHT
        const kind = known ? (i < half ? 'before' : slot?.closed ? 'in' : 'open') : 'unknown'
        return (
          <rect
            key={slot?.at ?? i}
            class={kind}
            x={i * (BAR + GAP)}
            y={HEIGHT - height}
            width={BAR}
            height={height}
            rx={1}
          />
        )
      })}
    </svg>
  )
}
