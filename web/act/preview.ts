/** What a recompute would read and change: a run of its own finds it out, and writes nothing. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Preview as ModelPreview } from '../../model/preview.ts'
import { workflowIdOf } from '../../model/requests.ts'
import { idOn } from '../../temporal/names.ts'
import { startPreview } from '../../temporal/start.ts'
import { runUrl } from '../../temporal/ui-url.ts'
import type { Sent } from '../contract/common.ts'
import type { Preview, PreviewResponse, RecomputeBody } from '../contract/editions.ts'
import { withTemporal } from '../read/runs.ts'
import type { Services } from '../services.ts'
import { requestOf } from './decide.ts'

/** A person waits; who asks again meanwhile waits for the same run. */
const WAIT_MS = 20_000

/** @throws AppError `bad-input`, `unavailable` */
export async function preview(services: Services, body: RecomputeBody): Promise<Sent<PreviewResponse>> {
  const request = requestOf(body)
  const { temporal } = services.config
  const day = new Date(services.clock()).toISOString().slice(0, 10)
  const workflowId = idOn(temporal.taskQueue, `preview-${workflowIdOf(request, day)}`)
  return withTemporal(services, 'looking at what a recompute would do', async (client) => {
    const handle = await startPreview(client, request, { taskQueue: temporal.taskQueue, workflowId })
    using leaving = cancelling()
    const found = await client.withAbortSignal(leaving.signal, () =>
      Promise.race([handle.result(), delay(WAIT_MS, null, { signal: leaving.signal })]),
    )
    return { run: { workflowId, url: runUrl(temporal, workflowId) }, preview: found && previewOf(found) }
  })
}

/** Who leaves cancels what still waits: the call for a result has no end of its own. */
function cancelling(): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController()
  return { signal: controller.signal, [Symbol.dispose]: () => controller.abort() }
}

function previewOf({ stream: _stream, extractors, estimate, ...rest }: ModelPreview): Sent<Preview> {
  const named = Object.entries(extractors).filter((pair): pair is [string, string] => pair[1] !== undefined)
  return {
    ...rest,
    extractors: Object.fromEntries(named),
    estimate: estimate && {
      secondsLeast: estimate.secondsLeast,
      secondsMost: estimate.secondsMost,
      edition: estimate.edition,
    },
  }
}
