import type { Movement } from '../../contract/top.ts'
import { usePage } from '../state/page-context.ts'

/** An arrow and a number for the eye, words for the ear. */
export function MovementMark({ movement }: { readonly movement: Movement | undefined }) {
  const { move } = usePage().text
  if (movement === undefined || movement.kind === 'unknown') {
    return mark('unknown', '·', move.unknown)
  }
  if (movement.kind === 'new') return mark('new', move.new, move.newWhy)
  if (movement.kind === 'below') return mark('up', '⇡', move.below)
  if (movement.moved > 0) return mark('up', `▲${movement.moved}`, move.up(movement.moved))
  if (movement.moved < 0) return mark('down', `▼${-movement.moved}`, move.down(-movement.moved))
  return mark('same', '=', move.same)
}

function mark(kind: string, sign: string, words: string) {
  return (
    <span class={`move ${kind}`} title={words}>
      <span aria-hidden="true">{sign}</span>
      <span class="unseen">{words}</span>
    </span>
  )
}
