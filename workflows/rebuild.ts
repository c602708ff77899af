/** A new edition over the full history, with no parent: the same answers as if it had been counted so from the beginning. */
import { continueAsNew } from '@temporalio/workflow'
import { parseRebuild } from '../model/requests.ts'
import { buildEdition, type Carried, type EditionResult } from './edition.ts'
import { checked } from './run.ts'

export async function rebuild(input?: unknown, carried?: Carried): Promise<EditionResult> {
  const request = checked(() => parseRebuild(input))
  return buildEdition(request, carried, (next) => continueAsNew<typeof rebuild>(input, next))
}
