/** Every operation of the contract with what answers it. */
import type { FastifyInstance } from 'fastify'
import { boards } from '../../model/boards.ts'
import { messageOf } from '../../model/errors.ts'
import { extractors } from '../../model/terms/index.ts'
import { decide, recompute, rollback } from '../act/decide.ts'
import { preview } from '../act/preview.ts'
import { LiveHub } from '../live/hub.ts'
import { LiveView } from '../live/live-view.ts'
import { Pipeline } from '../pipeline/pipeline.ts'
import { diffAsking } from '../read/diff.ts'
import { editionAsking, editionsAsking } from '../read/editions.ts'
import { hoursAsking } from '../read/hours.ts'
import type { Known } from '../read/known.ts'
import { runAsking, runsAsking } from '../read/runs.ts'
import { termAsking } from '../read/term.ts'
import { topAsking } from '../read/top.ts'
import type { Services } from '../services.ts'
import type { Access } from './access.ts'
import { DOCS } from './docs.ts'
import type { Operations } from './operations.ts'

export interface RoutesContext {
  readonly app: FastifyInstance
  readonly operations: Operations
  readonly services: Services
  readonly known: Known
  readonly access: Access
  readonly version: string
}

export function addRoutes(context: RoutesContext): void {
  const { app, operations, services, access, version } = context
  operations.act('healthz', { right: 'open' }, 200, async () => ({ ok: true }))
  operations.act('about', { right: 'open' }, 200, async ({ request }) => ({
    name: 'tendance',
    version,
    now: services.clock(),
    boards: Object.values(boards).map(({ name, stream, slotMs, family }) => ({ name, stream, slotMs, family })),
    extractors: extractors.map(({ name, family, about }) => ({ name, family, about })),
    reading: access.reading,
    changing: access.changing,
    authorised: access.isAuthorised(request.headers),
    temporalUi: services.config.temporal.uiUrl,
    docs: DOCS,
  }))
  operations.read('top', ({ query }) => topAsking(services, query))
  operations.read('term', ({ query }) => termAsking(services, query))
  operations.read('hours', ({ query }) => hoursAsking(services, query))
  operations.read('editions', () => editionsAsking(services))
  operations.read('edition', ({ params }) => editionAsking(services, params.edition))
  operations.read('diff', ({ params, query }) => diffAsking(services, params, query))
  operations.read('runs', ({ query }) => runsAsking(services, query.limit))
  operations.read('run', ({ params }) => runAsking(services, params.id))
  const pipeline = new Pipeline(services)
  app.addHook('onClose', () => pipeline[Symbol.asyncDispose]())
  operations.read('pipeline', () => pipeline.pipelineAsking())
  operations.read('sources', () => pipeline.sourcesAsking())
  operations.act('readyz', { right: 'open' }, 200, async () => ({ ready: true, checks: await readiness(context) }))
  const view = new LiveView(services, 'hashtags')
  const hub = new LiveHub({ read: () => view.read(), clock: services.clock, logger: services.logger })
  app.addHook('preClose', () => hub[Symbol.asyncDispose]())
  // one more, since each keeps its own slots; its questions are asked one at a time
  const once = new LiveView(services, 'hashtags')
  operations.read('now', () => ({
    key: 'now',
    of: 'views',
    load: async () => ({ response: await once.read() }),
  }))
  operations.send('live', { right: 'read' }, ({ query, request }, reply) => {
    const last = request.headers['last-event-id'] ?? query.lastEventId
    const stream = hub.listen(typeof last === 'string' ? last : undefined)
    return reply.type('text/event-stream').header('Cache-Control', 'no-store').send(stream)
  })
  const change = { right: 'change' } as const
  operations.act('publish', change, 200, ({ params, body }) =>
    decide(services, params.edition, { publish: true, ...body }),
  )
  operations.act('reject', change, 200, ({ params, body }) =>
    decide(services, params.edition, { publish: false, ...body }),
  )
  operations.act('rollback', change, 200, ({ body }) => rollback(services, body))
  operations.act('preview', { right: 'read' }, 200, ({ body }) => preview(services, body))
  operations.act('recompute', change, 200, ({ body }) => recompute(services, body))
}

/** Ready is who can answer: from the store, or at least from what is known. @throws AppError `unavailable` */
async function readiness({ services, known }: RoutesContext) {
  try {
    const { address, version } = await (await services.views()).probe()
    return [{ name: 'MongoDB', ok: true, about: `${address}, version ${version}` }]
  } catch (error) {
    if (known.size === 0) throw error
    const about = `${messageOf(error)}; ${known.size} answers are known from before`
    return [{ name: 'MongoDB', ok: false, about }]
  }
}
