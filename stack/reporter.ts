/** How the stack tells what it does: through a reporter that is given to it, so that the CLI, the demo and tests each show it their way. */

export interface Reporter {
  /** One step of one service or install: `elapsedMs` since that work began. */
  progress(who: string, text: string, elapsedMs: number): void
  /** A line of the answer itself. */
  print(line: string): void
}

export const silentReporter: Reporter = { progress() {}, print() {} }

/** Progress as lines (` 12.3 s  kafka-1  up`) through `write`, answers through `print`. */
export function lineReporter(print: (line: string) => void, write: (line: string) => void): Reporter {
  return {
    progress(who, text, elapsedMs) {
      write(`${(elapsedMs / 1000).toFixed(1).padStart(6)} s  ${who.padEnd(15)}  ${text}`)
    },
    print,
  }
}

/**
 * Runs `work` and says so every `everyMs` until it is done: long installs must never look as if they hung.
 * The last line says how long it took.
 */
export async function withProgress<T>(
  reporter: Reporter,
  who: string,
  text: string,
  work: () => Promise<T>,
  everyMs = 10_000,
): Promise<T> {
  const began = performance.now()
  reporter.progress(who, text, 0)
  const timer = setInterval(() => reporter.progress(who, `${text} …`, performance.now() - began), everyMs)
  try {
    const result = await work()
    reporter.progress(who, `${text}: done`, performance.now() - began)
    return result
  } finally {
    clearInterval(timer)
  }
}
