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

export class Run {
  #progress: Progress
  #paused = false
  #shown = ''

  constructor(kind: string, stream: StreamName) {
    this.#progress = startingProgress(kind, stream)
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

  ports(urgency: Urgency): CatchUpPorts {
    return {
      ...activityPorts(urgency),
      sleep: (ms) => sleep(ms),
      gate: () => condition(() => !this.#paused),
      shouldYield: () => workflowInfo().continueAsNewSuggested,
      report: (change) => this.report(change),
    }
  }

  #setPaused(paused: boolean): string {
    this.#paused = paused
    this.report({ paused })
    return paused ? 'paused: what is in flight is finished, nothing new begins' : 'going on'
  }
}
