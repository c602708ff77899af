/** Every operation of the contract with what answers it. */
import type { FastifyInstance } from 'fastify'
import { boards } from '../../model/boards.ts'
import { extractors } from '../../model/terms/index.ts'
import type { Known } from '../read/known.ts'
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
  const { operations, services, access, version } = context
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
}
