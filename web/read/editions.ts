/** What `GET /editions` and `/editions/{edition}` answer: the editions as the views tell them, with what each has computed. */
import { boardsOf } from '../../model/boards.ts'
import type { Edition as ModelEdition } from '../../model/editions.ts'
import { AppError } from '../../model/errors.ts'
import type { StreamName } from '../../model/streams/stream.ts'
import { runUrl } from '../../temporal/ui-url.ts'
import type { LiveDocument } from '../../views/documents.ts'
import type { Views } from '../../views/views.ts'
import type { Sent } from '../contract/common.ts'
import type { Edition, EditionResponse, EditionsResponse, Live } from '../contract/editions.ts'
import type { Services } from '../services.ts'
import type { Asking } from './known.ts'

export const STREAM: StreamName = 'posts'

export function editionsAsking(services: Services): Asking {
  return {
    key: 'editions',
    of: 'views',
    async load() {
      const views = await services.views()
      const [editions, live] = await Promise.all([views.editions.list(STREAM), views.live.read(STREAM)])
      const response: Sent<EditionsResponse> = {
        live: live && liveOf(live),
        editions: await Promise.all(editions.toReversed().map((edition) => editionOf(services, views, edition))),
        stale: null,
      }
      return { response }
    },
  }
}

export function editionAsking(services: Services, number: number): Asking {
  return {
    key: `edition ${number}`,
    of: 'views',
    async load() {
      const views = await services.views()
      const edition = await readEdition(views, number)
      const response: Sent<EditionResponse> = { edition: await editionOf(services, views, edition), stale: null }
      return { response }
    },
  }
}

/** @throws AppError `not-found` */
export async function readEdition(views: Pick<Views, 'editions'>, number: number): Promise<ModelEdition> {
  const edition = await views.editions.get(STREAM, number)
  if (edition) return edition
  throw new AppError('not-found', `there is no edition ${number} of ${STREAM}; /api/v1/editions lists them`, {
    facts: { stream: STREAM, edition: number },
  })
}

export function liveOf({ edition, previous, version, at, by }: LiveDocument): Live {
  return { edition, previous, version, at, by }
}

async function editionOf({ config }: Services, views: Views, edition: ModelEdition): Promise<Sent<Edition>> {
  const { stream, number, parent, since, until, extractors, state, reason, by, workflowId } = edition
  const { createdAt, publishedAt, keepUntil, clearedAt, changes } = edition
  const own = edition.boards ?? boardsOf(stream)
  const computed = await Promise.all(own.map((board) => views.batch.digests({ stream, board, edition: number })))
  // boards of one stream count the same records: the hours that every board has are done
  const least = computed.toSorted((a, b) => a.size - b.size)[0] ?? new Map()
  return {
    ...{ stream, number, parent, since, until, boards: edition.boards, extractors, state, reason, by },
    ...{ createdAt, publishedAt, keepUntil, clearedAt },
    changes: changes.map(({ facts = null, ...change }) => ({ ...change, facts })),
    hours: least.size,
    records: [...least.values()].reduce((sum, { records }) => sum + records, 0),
    run: workflowId === null ? null : { workflowId, url: runUrl(config.temporal, workflowId) },
  }
}
