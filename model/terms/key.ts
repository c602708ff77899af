/**
 * The key of a term: what is counted and compared, while the spelling is only shown. NFKC makes `ｃａｆé`, `café` and
 * `café` one; full case folding makes `CAFÉ` the same.
 *
 * key(s) = the fixed point of NFKC ∘ fold, started from NFKC(s). One round has been enough for every string tried; the
 * loop makes it certain, since two terms are the same exactly when their keys are.
 *
 * Invariant: idempotent, and equal to Python's `normalize('NFKC', normalize('NFKC', s).casefold())`.
 */
import { foldCase } from '../fold.ts'

/** The key of a term as it was written, without its sign. */
export function keyOf(shown: string): string {
  let key = shown.normalize('NFKC')
  for (;;) {
    const next = foldCase(key).normalize('NFKC')
    if (next === key) return key
    key = next
  }
}
