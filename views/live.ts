/**
 * Which edition is live: one document a stream. Publishing and rolling back replace it whole, if its version is still the one
 * that was seen; so of two at once exactly one wins, and a reader sees the one edition or the other.
 *
 * The states in `editions` are written after it and are only a copy: views/editions.ts says `live` of the edition that this
 * document names, whatever a crash in between left behind.
 */
import { AppError } from '../model/errors.ts'
import type { StreamName } from '../model/streams/stream.ts'
import type { Connection } from './connection.ts'
import type { LiveDocument } from './documents.ts'
import type { Editions } from './editions.ts'
import { swapVersion } from './guard.ts'
import { checkForm, FORM } from './packing.ts'

/** Who does it, and when: milliseconds since 1970 UTC. */
export interface Act {
  readonly stream: StreamName
  readonly by: string
  readonly at: number
}

export interface Live {
  /** null: nothing was ever published. */
  read(stream: StreamName): Promise<LiveDocument | null>
  /**
   * Makes an edition live. `expectedVersion` is that of the live document the caller looked at, 0 when there was none.
   * @throws AppError `conflict` when somebody published in between, or the edition failed or was rejected; `not-found`.
   */
  publish(act: Act & { readonly edition: number; readonly expectedVersion: number }): Promise<LiveDocument>
  /**
   * Makes the edition live that was so before: as one atomic write, again and again down the trail.
   * @throws AppError `conflict` when there is none before, or somebody published in between.
   */
  rollback(act: Act & { readonly expectedVersion?: number }): Promise<LiveDocument>
}

type Stored = LiveDocument & { readonly form: number }

const TRAIL_MAX = 100

export function createLive(connection: Connection, editions: Editions): Live {
  const collection = connection.db.collection<Stored>('live')

  async function read(stream: StreamName): Promise<LiveDocument | null> {
    const stored = await connection.run('reading which edition is live', () => collection.findOne({ _id: stream }))
    if (!stored) return null
    checkForm(stored)
    const { form: _, ...document } = stored
    return document
  }

  /** The one atomic write. `current` is what `next` was made from. */
  async function swap(current: LiveDocument | null, next: LiveDocument): Promise<LiveDocument> {
    const isSeen = (current?.version ?? 0) === next.version - 1
    if (isSeen && (await swapVersion(connection, collection, { ...next, form: FORM }))) return next
    const there = await read(next._id)
    throw new AppError(
      'conflict',
      `edition ${next.edition} of ${next._id} was not published: edition ${there?.edition ?? 'none'} was published in ` +
        `between (version ${there?.version ?? 0}, by ${there?.by ?? 'nobody'}). Look again with 'tendance editions', then publish`,
      {
        facts: {
          stream: next._id,
          edition: next.edition,
          expectedVersion: next.version - 1,
          version: there?.version ?? 0,
        },
      },
    )
  }

  async function markStates(stream: StreamName, at: number, from: number | null, to: number): Promise<void> {
    if (from !== null && from !== to) await editions.setState(stream, from, { to: 'retired' })
    await editions.setState(stream, to, { to: 'live', publishedAt: at })
  }

  return {
    read,
    async publish({ stream, edition, expectedVersion, by, at }) {
      const [wanted, current] = await Promise.all([editions.get(stream, edition), read(stream)])
      if (!wanted) {
        throw new AppError('not-found', `there is no edition ${edition} of ${stream}; 'tendance editions' lists them`, {
          facts: { stream, edition },
        })
      }
      if (wanted.state === 'failed' || wanted.state === 'rejected') {
        throw new AppError('conflict', `edition ${edition} of ${stream} is ${wanted.state} and cannot be published`, {
          facts: { stream, edition, state: wanted.state },
        })
      }
      const trail =
        current && current.edition !== edition
          ? [...current.trail, current.edition].slice(-TRAIL_MAX)
          : (current?.trail ?? [])
      const next = await swap(current, {
        _id: stream,
        edition,
        previous: trail.at(-1) ?? null,
        trail,
        version: expectedVersion + 1,
        at,
        by,
      })
      await markStates(stream, at, current?.edition ?? null, edition)
      return next
    },
    async rollback({ stream, expectedVersion, by, at }) {
      const current = await read(stream)
      if (!current || current.previous === null) {
        throw new AppError('conflict', `${stream} has no edition before the live one: there is nothing to go back to`, {
          facts: { stream, edition: current?.edition ?? null },
        })
      }
      const trail = current.trail.slice(0, -1)
      const next = await swap(current, {
        _id: stream,
        edition: current.previous,
        previous: trail.at(-1) ?? null,
        trail,
        version: (expectedVersion ?? current.version) + 1,
        at,
        by,
      })
      await markStates(stream, at, current.edition, current.previous)
      return next
    },
  }
}
