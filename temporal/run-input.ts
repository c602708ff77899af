/** What a run was started with: the first event of its history, which continuing as new and retries carry on. */
import { type Client, defaultPayloadConverter, WorkflowNotFoundError } from '@temporalio/client'
import { AppError } from '../model/errors.ts'

export interface RunInput {
  readonly workflowType: string
  /** Its first argument. */
  readonly input: unknown
}

/** Of the last run under that id. @throws AppError `not-found` when Temporal knows none, or has forgotten it */
export async function readRunInput(client: Client, workflowId: string): Promise<RunInput> {
  try {
    const { history } = await client.workflowService.getWorkflowExecutionHistory({
      namespace: client.options.namespace,
      execution: { workflowId },
      maximumPageSize: 1,
    })
    const started = history?.events?.[0]?.workflowExecutionStartedEventAttributes
    const [payload] = started?.input?.payloads ?? []
    const input = payload ? defaultPayloadConverter.fromPayload<unknown>(payload) : undefined
    return { workflowType: started?.workflowType?.name ?? '', input }
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError) && !isNotFound(error)) throw error
    throw new AppError('not-found', `Temporal knows no run ${workflowId}: it forgets them after some weeks`, {
      cause: error,
      facts: { workflowId },
    })
  }
}

function isNotFound(error: unknown): boolean {
  const NOT_FOUND = 5
  return (error as { code?: unknown }).code === NOT_FOUND
}
