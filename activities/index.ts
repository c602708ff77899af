/**
 * The activities of batch work. Thin: they call lake, model and views through ports, beat, and map errors. What they are
 * given and answer is in model/work.ts. Dependencies are arguments; workers/batch.ts wires them.
 */
import { cleanSpeed, cleanTemporary } from './clean.ts'
import { cleanEditions } from './clear-edition.ts'
import { compactHours, planCompaction } from './compact-hours.ts'
import { computeStretch } from './compute-stretch.ts'
import type { BatchDependencies } from './dependencies.ts'
import { abandonEdition, ensureFirstEdition, holdEdition, openEdition, publishEdition } from './editions.ts'
import { toFailure } from './failure.ts'
import { countPartition, mergeHour } from './fan-out.ts'
import { planHours } from './plan-hours.ts'
import { previewHour, previewRange } from './preview.ts'
import { quarantineHour } from './quarantine-hour.ts'
import { sealHours } from './seal-hours.ts'
import { keepVerification, verifyHours, verifyLog, verifyTallies } from './verify-lake.ts'

export function createActivities(deps: BatchDependencies) {
  return {
    ensureFirstEdition: failing(ensureFirstEdition(deps)),
    openEdition: failing(openEdition(deps)),
    publishEdition: failing(publishEdition(deps)),
    holdEdition: failing(holdEdition(deps)),
    abandonEdition: failing(abandonEdition(deps)),
    sealHours: failing(sealHours(deps)),
    planHours: failing(planHours(deps)),
    previewRange: failing(previewRange(deps)),
    previewHour: failing(previewHour(deps)),
    computeStretch: failing(computeStretch(deps)),
    countPartition: failing(countPartition(deps)),
    mergeHour: failing(mergeHour(deps)),
    quarantineHour: failing(quarantineHour(deps)),
    planCompaction: failing(planCompaction(deps)),
    compactHours: failing(compactHours(deps)),
    cleanSpeed: failing(cleanSpeed(deps)),
    cleanTemporary: failing(cleanTemporary(deps)),
    cleanEditions: failing(cleanEditions(deps)),
    verifyLog: failing(verifyLog(deps)),
    verifyHours: failing(verifyHours(deps)),
    verifyTallies: failing(verifyTallies(deps)),
    keepVerification: failing(keepVerification(deps)),
  }
}

export type Activities = ReturnType<typeof createActivities>

function failing<A, R>(activity: (request: A) => Promise<R>): (request: A) => Promise<R> {
  return async (request) => {
    try {
      return await activity(request)
    } catch (error) {
      throw toFailure(error)
    }
  }
}
