/** What a person decides of a held edition, told to the run that keeps it up to date. */
import { type Client, WorkflowNotFoundError } from '@temporalio/client'
import { AppError } from '../model/errors.ts'
import type { UpdateName } from './names.ts'

/**
 * @returns what the run answers
 * @throws AppError `conflict` when no run waits under that id: it has ended, and starting the same again goes on with it
 */
export async function tellRun(
  client: Client,
  workflowId: string,
  update: UpdateName,
  decision: { readonly by?: string; readonly reason?: string } = {},
): Promise<string> {
  try {
    return await client.workflow
      .getHandle(workflowId)
      .executeUpdate<string, [typeof decision]>(update, { args: [decision] })
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error
    throw new AppError(
      'conflict',
      `no run ${workflowId} waits for a decision: start the same again, it goes on from there`,
      {
        cause: error,
        facts: { workflowId, update },
      },
    )
  }
}
