/** "There was a mistake in my algorithm": a new edition since a date, on top of the live one, published at the end. */
import { continueAsNew } from '@temporalio/workflow'
import { parseRecompute } from '../model/requests.ts'
import { buildEdition, type Carried, type EditionResult } from './edition.ts'
import { checked } from './run.ts'

export async function recompute(input?: unknown, carried?: Carried): Promise<EditionResult> {
  const request = checked(() => parseRecompute(input))
  return buildEdition(request, carried, (next) => continueAsNew<typeof recompute>(input, next))
}
