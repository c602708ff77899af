/**
 * Runs contenders in turn, round after round (A B C A B C …), so that a machine that grows slower or busier is as unkind to
 * one as to the other. What counts is each one's best run; all runs are kept.
 */
import type { Contender } from '../cases/bench-case.ts'
import { type Measured, measure, waitForQuiet } from './measure.ts'

export interface Run extends Measured {
  readonly round: number
  /** What is compared. */
  readonly seconds: number
}

export interface ContenderRuns {
  readonly name: string
  readonly runs: readonly Run[]
  readonly best: Run
}

export interface RoundOptions {
  readonly rounds: number
  readonly quiet: number | undefined
  readonly servicePids: () => readonly number[]
  readonly onRun: (name: string, run: Run) => void
  readonly signal?: AbortSignal
}

const QUIET_PATIENCE_MS = 120_000

export async function runRounds(contenders: readonly Contender[], options: RoundOptions): Promise<ContenderRuns[]> {
  const all = new Map(contenders.map(({ name }) => [name, [] as Run[]]))
  for (let round = 0; round < options.rounds; round++) {
    for (const contender of contenders) {
      if (options.quiet !== undefined) await waitForQuiet(options.quiet, QUIET_PATIENCE_MS)
      const measured = await measure(contender.command(round), options.servicePids(), options.signal)
      contender.check?.(measured)
      const run = { round, seconds: contender.seconds?.(measured) ?? measured.wallSeconds, ...measured }
      all.get(contender.name)!.push(run)
      options.onRun(contender.name, run)
    }
  }
  return [...all].map(([name, runs]) => ({ name, runs, best: runs.reduce((a, b) => (b.seconds < a.seconds ? b : a)) }))
}
