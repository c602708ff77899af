/**
 * A kernel counts the terms of one text straight from its UTF-8 bytes, as an extractor's `extract` would find them in the
 * decoded string. It may refuse what is unusual; then that one text goes through `extract`.
 *
 * Invariant: kernel and `extract` agree on every text that the kernel does not refuse, and what a kernel has added before it
 * refuses is what `extract` finds first. Adding a term twice to a record counts once, so starting over is harmless.
 */
import type { SignCursor } from './sign-cursor.ts'

export interface TermSink {
  /** One term as written: bytes[start, end) and `hashBytes` of it. */
  add(bytes: Uint8Array, start: number, end: number, hash: number): void
}

export interface Kernel {
  /** Whether ＃ is a sign for it as `#` is. */
  readonly fullWidth: boolean
  /** Adds the terms of the text bytes[start, end) to `sink`. False: refused, ask `extract`. */
  count(bytes: Uint8Array, start: number, end: number, signs: SignCursor, sink: TermSink): boolean
}
