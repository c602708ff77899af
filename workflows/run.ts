/** What every batch workflow has: progress by query and in the UI, pausing, and input that is refused at once. */
import {
  ApplicationFailure,
  condition,
  defineQuery,
  defineUpdate,
  setCurrentDetails,
  setHandler,
  sleep,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow'
import { AppError } from '../model/errors.ts'
import { type Progress, progressDetails, startingProgress } from '../model/progress.ts'
import type { StreamName } from '../model/streams/stream.ts'
import { QUERY_PROGRESS, searchAttributes } from '../temporal/names.ts'
import { activityPorts, type Urgency } from './activities.ts'
import { CatchUpFailed, type CatchUpPorts } from './catch-up.ts'

export const progressQuery = defineQuery<Progress>(QUERY_PROGRESS)
export const pauseUpdate = defineUpdate<string>('pause')
export const resumeUpdate = defineUpdate<string>('resume')

/** Runs a parser of model/requests.ts; what it refuses fails the workflow at once and for good. */
export function checked<T>(parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    if (error instanceof AppError) {
      throw ApplicationFailure.nonRetryable(error.message, error.code, error.facts)
    }
    throw error
  }
}

/** The engine's own failures become the workflow's, with the same code. */
export async function orFail<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof CatchUpFailed) throw ApplicationFailure.nonRetryable(error.message, error.code)
    throw error
  }
}

/** Whether a person has paused it; what a run that continues as new passes on. */
export interface Pausing {
  readonly now: boolean
  /** Then how long it has taken says nothing of the work. */
  readonly ever: boolean
}

export class Run {
  #progress: Progress
  #pausing: Pausing
  #inFlight = 0
  #shown = ''

  constructor(kind: string, stream: StreamName, pausing: Pausing = { now: false, ever: false }) {
    this.#pausing = pausing
    this.#progress = { ...startingProgress(kind, stream), paused: pausing.now }
    setHandler(progressQuery, () => this.#progress)
    setHandler(pauseUpdate, () => this.#setPaused(true))
    setHandler(resumeUpdate, () => this.#setPaused(false))
    upsertSearchAttributes([
      { key: searchAttributes.kind, value: kind },
      { key: searchAttributes.stream, value: stream },
    ])
    this.report({})
  }

  get progress(): Progress {
    return this.#progress
  }

  report(change: Partial<Progress>): void {
    this.#progress = { ...this.#progress, ...change }
    const details = progressDetails(this.#progress)
    if (details === this.#shown) return
    this.#shown = details
    setCurrentDetails(details)
  }

  get pausing(): Pausing {
    return this.#pausing
  }

  /** Resolves when no computing activity of a cancelled run can store anything any more. */
  quiet(): Promise<void> {
    return condition(() => this.#inFlight === 0)
  }

  ports(urgency: Urgency): CatchUpPorts {
    const { computeStretch, countPartition, mergeHour, ...others } = activityPorts(urgency)
    return {
      ...others,
      computeStretch: (request, unit) => this.#counted(() => computeStretch(request, unit)),
      countPartition: (request, unit) => this.#counted(() => countPartition(request, unit)),
      mergeHour: (request, unit) => this.#counted(() => mergeHour(request, unit)),
      sleep: (ms) => sleep(ms),
      gate: () => condition(() => !this.#pausing.now),
      shouldYield: () => workflowInfo().continueAsNewSuggested,
      report: (change) => this.report(change),
    }
  }

  async #counted<T>(work: () => Promise<T>): Promise<T> {
    this.#inFlight += 1
    try {
      return await work()
    } finally {
      this.#inFlight -= 1
    }
  }

  #setPaused(paused: boolean): string {
    this.#pausing = { now: paused, ever: this.#pausing.ever || paused }
    this.report({ paused })
    return paused ? 'paused: what is in flight is finished, nothing new begins' : 'going on'
  }
}
