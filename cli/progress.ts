/**
 * Progress of what takes longer than a second: bars on a terminal (cli-progress), a line now and then elsewhere (CI, a file), always
 * on standard error, so that answers can be piped.
 */
import { MultiBar, type SingleBar } from 'cli-progress'
import type { Cli } from './cli.ts'

export interface Bar {
  /** `value` of `total` are done; `about` is a short text at the end: a rate, an hour. */
  update(value: number, total: number, about?: string): void
}

export interface ProgressBars extends Disposable {
  bar(label: string): Bar
}

const LABEL_WIDTH = 18
const LINE_EVERY_MS = 5_000

export function createProgress(cli: Cli): ProgressBars {
  return cli.stderr.isTTY ? terminalBars(cli) : lines(cli)
}

function terminalBars(cli: Cli): ProgressBars {
  const bars = new MultiBar({
    stream: cli.stderr as NodeJS.WriteStream,
    format: ` {label} {bar} {percentage}%  {about}`,
    barsize: 28,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    fps: 8,
    forceRedraw: true,
  })
  let stopped = false
  return {
    bar(label) {
      const single: SingleBar = bars.create(1, 0, { label: label.padEnd(LABEL_WIDTH), about: '' })
      return {
        update(value, total, about = '') {
          single.setTotal(Math.max(total, 1))
          single.update(Math.min(value, total), { about })
        },
      }
    },
    [Symbol.dispose]() {
      // stopping again would draw the bars once more, over what was printed since
      if (!stopped) bars.stop()
      stopped = true
    },
  }
}

/** For a log: each bar says where it is at its begin, every few seconds, and at its end. */
function lines(cli: Cli): ProgressBars {
  return {
    bar(label) {
      let saidAt = Number.NEGATIVE_INFINITY
      let ended = false
      return {
        update(value, total, about = '') {
          const done = value >= total && total > 0
          const now = cli.clock()
          if (ended || (!done && now - saidAt < LINE_EVERY_MS)) return
          saidAt = now
          ended = done
          const percent = total > 0 ? Math.floor((Math.min(value, total) / total) * 100) : 0
          cli.stderr.write(` ${label.padEnd(LABEL_WIDTH)} ${String(percent).padStart(3)}%  ${about}\n`)
        },
      }
    },
    [Symbol.dispose]() {},
  }
}

/** `1,234,567` */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en-GB')
}
