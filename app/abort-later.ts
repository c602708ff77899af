/** Stopping in two steps: asked, a worker takes nothing more and finishes what it has; this much later it gives that up too. */

/** A signal that is aborted `ms` after the other one, unless it is disposed before. */
export function abortLater(signal: AbortSignal, ms: number): Disposable & { readonly signal: AbortSignal } {
  const later = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const onAbort = () => {
    timer = setTimeout(() => later.abort(), ms)
  }
  if (signal.aborted) onAbort()
  else signal.addEventListener('abort', onAbort, { once: true })
  return {
    signal: later.signal,
    [Symbol.dispose]() {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
    },
  }
}
