/**
 * Editions as the workflows use them: begun once a workflow, published as one atomic write, abandoned without a trace for
 * readers. Each can be repeated: it looks at what is there first.
 */
import type { BoardName } from '../model/boards.ts'
import type { Edition, EditionState } from '../model/editions.ts'
import { AppError, assert, isAppError } from '../model/errors.ts'
import type { StreamName } from '../model/streams/stream.ts'
import type { OpenEditionRequest, OpenedEdition, PublishOutcome } from '../model/work.ts'
import type { BatchDependencies } from './dependencies.ts'
import { boardsOf } from './owners.ts'

interface OneEdition {
  readonly stream: StreamName
  readonly edition: number
}

const PUBLISH_TRIES_MAX = 5

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
    const { stream, kind, since, until, reason, by, workflowId } = request
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
      (edition) => edition.workflowId === workflowId && !['retired', 'rejected'].includes(edition.state),
    )
    if (begun) {
      const differs = differenceOf(begun, { since, until, extractors: { ...extractors } }, boardsOf(stream))
      if (differs) {
        throw new AppError(
          'conflict',
          `${workflowId} has begun edition ${begun.number} with another ${differs}: use another workflow id, or reject that edition`,
          { facts: { workflowId, edition: begun.number, differs } },
        )
      }
      const isLive = live.edition === begun.number
      if (!isLive) await views.editions.setState(stream, begun.number, { to: 'building' })
      return opened(begun, true, isLive)
    }
    const parent = kind === 'rebuild' ? null : live.edition
    const edition = await views.editions.create(
      { stream, parent, since, until, extractors, state: 'building', reason, by, createdAt: clock(), workflowId },
      request.token,
    )
    return opened(edition, false, false)
  }
}

function opened(edition: Edition, resumed: boolean, live: boolean): OpenedEdition {
  const { number, parent, since, until, extractors } = edition
  return { edition: number, parent, since, until, extractors, resumed, live }
}

function differenceOf(
  edition: Edition,
  asked: Pick<Edition, 'since' | 'until' | 'extractors'>,
  boards: readonly BoardName[],
): string | undefined {
  if (edition.since !== asked.since) return `since (${edition.since})`
  if (edition.until !== asked.until) return `until (${edition.until})`
  const board = boards.find((name) => edition.extractors[name] !== asked.extractors[name])
  return board && `extractor (${edition.extractors[board]})`
}

/** Makes the edition live, unless another was published since it was begun: what that one changed would be undone. */
export function publishEdition(deps: BatchDependencies) {
  return async ({ stream, edition: number, by }: OneEdition & { readonly by: string }): Promise<PublishOutcome> => {
    const { views, clock } = deps
    for (let tries = 0; tries < PUBLISH_TRIES_MAX; tries += 1) {
      const [live, edition] = await Promise.all([views.live.read(stream), views.editions.get(stream, number)])
      if (!edition) throw new AppError('not-found', `${stream} has no edition ${number}`, { facts: { stream, number } })
      if (live?.edition === number) return { published: true, previous: live.previous, refused: null }
      if (live && edition.parent !== null && edition.parent !== live.edition) {
        const refused = `edition ${number} stands on edition ${edition.parent}, but ${live.edition} was published meanwhile: publishing would undo it. Recompute again on top of ${live.edition}`
        return { published: false, previous: live.edition, refused }
      }
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
export function holdEdition({ views, logger }: BatchDependencies) {
  return async ({ stream, edition, why }: OneEdition & { readonly why: string }): Promise<{ state: EditionState }> => {
    try {
      await views.editions.setState(stream, edition, { from: ['building'], to: 'held' })
      logger.info({ stream, edition, why }, 'edition held')
    } catch (error) {
      if (!isAppError(error, 'conflict')) throw error
    }
    const found = await views.editions.get(stream, edition)
    assert(found, `edition ${edition} of ${stream} was held and is gone`, { stream, edition })
    return { state: found.state }
  }
}

/** The run ended without it. An edition that was published, or that a person rejected, is left as it is. */
export function abandonEdition({ views, logger }: BatchDependencies) {
  return async ({
    stream,
    edition,
    state,
    why,
  }: OneEdition & { readonly state: 'failed' | 'rejected'; readonly why: string }): Promise<void> => {
    try {
      await views.editions.setState(stream, edition, { from: ['building', 'held'], to: state })
      logger.info({ stream, edition, state, why }, 'edition not published')
    } catch (error) {
      if (!isAppError(error, 'conflict')) throw error
    }
  }
}
