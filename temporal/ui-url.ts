/** Where the Temporal UI shows a run. */
import type { TemporalSettings } from './connection.ts'

export function runUrl({ uiUrl, namespace }: TemporalSettings, workflowId: string): string {
  return `${uiUrl}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(workflowId)}`
}
