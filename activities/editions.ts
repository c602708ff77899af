/**
 * Editions as the workflows use them: begun once a workflow, published as one atomic write, abandoned without a trace for
 * readers. Each can be repeated: it looks at what is there first.
 */
import { type BoardName, boardsOf } from '../model/boards.ts'
import { changing } from '../model/edition-change.ts'
import { type Edition, type EditionState, noSuchEdition, whyNeverLive } from '../model/editions.ts'
import { AppError, assert, isAppError } from '../model/errors.ts'
import type { StreamName } from '../model/streams/stream.ts'
import type {
  AbandonRequest,
  Built,
  HoldRequest,
  OpenEditionRequest,
  OpenedEdition,
  PublishOutcome,
  PublishRequest,
} from '../model/work.ts'
import type { StateChange } from '../views/editions.ts'
import { clearEdition } from './clear-edition.ts'
import type { BatchDependencies } from './dependencies.ts'

const PUBLISH_TRIES_MAX = 5
/** What a person has ended is not gone on with: the same again begins another edition. */
const ENDED: readonly EditionState[] = ['retired', 'rejected', 'cancelled']

/**
 * The live edition; when there is none, the first one is made and is live at once. Of several that do it at the same time one
 * wins, and its edition is everybody's.
 */
export function ensureFirstEdition(deps: BatchDependencies) {
  return async ({ stream }: { readonly stream: StreamName }): Promise<{ readonly edition: number }> => {
    const { views, clock } = deps
    for (let tries = 0; tries < PUBLISH_TRIES_MAX; tries += 1) {
      const live = await views.live.read(stream)
      if (live) return { edition: live.edition }
      const edition = await views.editions.create(
        {
          stream,
          parent: null,
          since: null,
          until: null,
          extractors: deps.settings.firstExtractors,
          state: 'building',
          reason: 'the first edition',
          by: 'tendance',
          createdAt: clock(),
          workflowId: null,
        },
        'first',
      )
      try {
        await views.live.publish({ stream, edition: edition.number, expectedVersion: 0, by: 'tendance', at: clock() })
      } catch (error) {
        if (!isAppError(error, 'conflict')) throw error
      }
    }
    throw new AppError('conflict', `${stream}: no edition could be made live in ${PUBLISH_TRIES_MAX} tries`, {
      retry: 'later',
      facts: { stream },
    })
  }
}

/**
 * A new edition in state `building`, or the one that the same workflow has begun and not finished.
 * @throws AppError `conflict` when the edition begun asks for something else
 */
export function openEdition(deps: BatchDependencies) {
  return async (request: OpenEditionRequest): Promise<OpenedEdition> => {
    const { views, clock } = deps
    const { stream, kind, since, until, boards, keepMs, reason, by, workflowId } = request
    await ensureFirstEdition(deps)({ stream })
    const live = (await views.live.read(stream))!
    const editions = await views.editions.list(stream)
    const liveEdition = editions.find(({ number }) => number === live.edition)!
    const extractors = {
      ...deps.settings.firstExtractors,
      ...liveEdition.extractors,
      ...request.extractors,
    } as Readonly<Record<BoardName, string>>

    const begun = editions.findLast(
      (edition) => edition.workflowId === workflowId && !ENDED.includes(edition.state) && edition.clearedAt === null,
    )
    const at = clock()
    if (begun) {
      const differs = differenceOf(begun, { since, until, boards, extractors: { ...extractors } }, boardsOf(stream))
      if (differs) {
        throw new AppError(
          'conflict',
          `${workflowId} has begun edition ${begun.number} with another ${differs}: use another workflow id, or reject that edition`,
          { facts: { workflowId, edition: begun.number, differs } },
        )
      }
      const isLive = live.edition === begun.number
      if (!isLive)
        await views.editions.setState(stream, begun.number, {
          to: 'building',
          at,
          by,
          ...changing({ cause: 'gone-on-with' }),
        })
      return opened(begun, { resumed: true, live: isLive, at })
    }
    const parent = kind === 'rebuild' ? null : live.edition
    const edition = await views.editions.create(
      {
        ...{ stream, parent, since, until, boards, extractors, keepMs },
        ...{ state: 'building', reason, by, createdAt: at, workflowId },
      },
      request.token,
    )
    return opened(edition, { resumed: false, live: false, at })
  }
}

function opened(edition: Edition, found: Pick<OpenedEdition, 'resumed' | 'live' | 'at'>): OpenedEdition {
  const { number, parent, since, until, extractors } = edition
  return { edition: number, parent, since, until, extractors, ...found }
}

function differenceOf(
  edition: Edition,
  asked: Pick<Edition, 'since' | 'until' | 'boards' | 'extractors'>,
  known: readonly BoardName[],
): string | undefined {
  if (edition.since !== asked.since) return `since (${edition.since})`
  if (edition.until !== asked.until) return `until (${edition.until})`
  if (String(edition.boards) !== String(asked.boards)) return `boards (${edition.boards?.join(', ') ?? 'all'})`
  const board = known.find((name) => edition.extractors[name] !== asked.extractors[name])
  return board && `extractor (${edition.extractors[board]})`
}

/** Makes the edition live, unless another was published since it was begun: what that one changed would be undone. */
export function publishEdition(deps: BatchDependencies) {
  return async ({ stream, edition: number, by, built }: PublishRequest): Promise<PublishOutcome> => {
    const { views, clock } = deps
    for (let tries = 0; tries < PUBLISH_TRIES_MAX; tries += 1) {
      const live = await views.live.read(stream)
      const edition = await views.editions.get(stream, number)
      if (!edition) throw noSuchEdition(stream, number)
      if (live?.edition === number) return { published: true, previous: live.previous, refused: null }
      if (live && edition.parent !== null && edition.parent !== live.edition) {
        const refused = `edition ${number} stands on edition ${edition.parent}, but ${live.edition} was published meanwhile: publishing would undo it. 'tendance reject ${number}' ends it; then recompute again, on top of ${live.edition}`
        return { published: false, previous: live.edition, refused }
      }
      const why = whyNeverLive(edition)
      if (why !== null)
        return { published: false, previous: live?.edition ?? null, refused: `edition ${number}: ${why}` }
      await noteBuilt(deps, stream, number, built)
      try {
        await views.live.publish({ stream, edition: number, expectedVersion: live?.version ?? 0, by, at: clock() })
        return { published: true, previous: live?.edition ?? null, refused: null }
      } catch (error) {
        if (!isAppError(error, 'conflict')) throw error
      }
    }
    throw new AppError('conflict', `${stream}: others kept publishing while edition ${number} was to be published`, {
      retry: 'later',
      facts: { stream, edition: number },
    })
  }
}

/**
 * Complete or not, it waits for a person. Resolves to the state it is in: a person may have decided already, past the run
 * that builds it, and then stays right.
 */
export function holdEdition(deps: BatchDependencies) {
  return async ({ stream, edition, why, facts, built }: HoldRequest): Promise<{ state: EditionState }> => {
    const { views, clock, logger } = deps
    const change = {
      from: ['building'],
      to: 'held',
      at: clock(),
      by: 'tendance',
      why,
      ...(facts && { facts }),
    } as const
    await noteBuilt(deps, stream, edition, built)
    if (await changed(views, stream, edition, change)) logger.info({ stream, edition, why }, 'edition held')
    return stateOf(views, stream, edition)
  }
}

/**
 * The run ended without it. An edition that was published, or that a person rejected, is left as it is. What a cancelled run
 * had computed is deleted at once: the run waits until nothing of it is in flight any more. Resolves to the state it is in.
 */
export function abandonEdition(deps: BatchDependencies) {
  return async ({ stream, edition, state, by, why }: AbandonRequest): Promise<{ state: EditionState }> => {
    const { views, clock, logger } = deps
    const change = { from: ['building', 'held'], to: state, at: clock(), by, why } as const
    if (await changed(views, stream, edition, change)) {
      logger.info({ stream, edition, state, why }, 'edition not published')
      if (state === 'cancelled') await clearEdition(deps, stream, edition)
    }
    return stateOf(views, stream, edition)
  }
}

async function stateOf(
  views: BatchDependencies['views'],
  stream: StreamName,
  edition: number,
): Promise<{ state: EditionState }> {
  const found = await views.editions.get(stream, edition)
  assert(found, `edition ${edition} of ${stream} was decided on and is gone`, { stream, edition })
  return { state: found.state }
}

/** Whether the edition is in that state now; false when it is in one that may not become it. */
async function changed(
  views: BatchDependencies['views'],
  stream: StreamName,
  edition: number,
  change: StateChange,
): Promise<boolean> {
  try {
    await views.editions.setState(stream, edition, change)
    return true
  } catch (error) {
    if (!isAppError(error, 'conflict')) throw error
    return false
  }
}

async function noteBuilt({ views, clock }: BatchDependencies, stream: StreamName, edition: number, built?: Built) {
  if (!built) return
  const { since, ...done } = built
  await views.editions.setBuilt(stream, edition, { ...done, ms: clock() - since })
}
