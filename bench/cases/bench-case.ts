/** What a bench is: contenders that do the same work, run side by side, and what is to be reached. */
import type { Environment } from '../../app/environment.ts'
import type { ProcessName } from '../../stack/names.ts'
import type { Reporter } from '../../stack/reporter.ts'
import type { Command, Measured } from '../machine/measure.ts'

export interface BenchContext {
  /** Points the project's programs at the services that run for this bench. */
  readonly environment: Environment
  readonly cacheDir: string
  /** For output of contenders; emptied before each run of the bench. */
  readonly folder: string
  /** `hdfs://127.0.0.1:8020`, for who speaks Hadoop's own protocol. */
  readonly hdfs: string
  readonly options: BenchOptions
  readonly reporter: Reporter
  /** The process of a service, when it runs here. */
  readonly pidOf: (name: ProcessName) => number | undefined
}

export interface BenchOptions {
  readonly posts: number
  readonly hours: number
  readonly rounds: number
  /** Waits, up to two minutes a run, until others use less than this share of the machine. */
  readonly quiet: number | undefined
  readonly baselines: boolean
  /** Hours that the views hold. */
  readonly storedHours: number
  /** Hours of a history of years. */
  readonly manyHours: number
  /** Of benches that go on for a time at a rate. */
  readonly seconds: number
  /** Posts a second, of the same benches. */
  readonly rate: number
}

export interface Contender {
  readonly name: string
  /** `round` counts from 0 and makes names that must be fresh. */
  readonly command: (round: number) => Command
  /** Seconds to compare, out of a run: the wall time unless it says better. */
  readonly seconds?: (measured: Measured) => number
  /** @throws AppError `internal` when what it made is wrong: a fast wrong answer is no result. */
  readonly check?: (measured: Measured) => void
}

export interface Plan {
  readonly contenders: readonly Contender[]
  /** What the run is about, for the report: sizes, shapes. */
  readonly facts: Readonly<Record<string, string | number>>
  /** Pairs to compare: how many times faster the first is than the second. */
  readonly ratios: readonly { readonly of: string; readonly to: string }[]
}

export interface BenchCase {
  readonly name: string
  readonly about: string
  /** What the project set out to reach, for people. */
  readonly target: string
  /** What a contender says of itself (`Measured.info`) that belongs into the report. */
  readonly figures?: readonly string[]
  prepare(context: BenchContext): Promise<Plan>
}
