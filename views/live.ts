/**
 * Which edition is live: one document a stream. Publishing and rolling back replace it whole, if its version is still the one
 * that was seen; so of two at once exactly one wins, and a reader sees the one edition or the other.
 *
 * The states in `editions` are written after it and are only a copy: views/editions.ts says `live` of the edition that this
 * document names, whatever a crash in between left behind.
 */
import { changing } from '../model/edition-change.ts'
import { type Edition, noSuchEdition, whyNeverLive } from '../model/editions.ts'
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
  /**
   * A new version that says the same as `seen`: whoever looked before it cannot publish or roll back any more, and looks again.
   * So what was written before the fence (an edition's `clearedAt`) is seen by everybody who publishes after it.
   * @throws AppError `conflict` when `seen` is not the last version any more
   */
  fence(stream: StreamName, seen: LiveDocument): Promise<void>
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

  /** Edition `to` is live now in the place of `from`. */
  async function markStates(
    { stream, by, at }: Act,
    from: number | null,
    to: Edition,
    how: 'published' | 'gone-back-to',
  ): Promise<void> {
    if (from !== null && from !== to.number) {
      const keepUntil = to.keepMs === null ? null : at + to.keepMs
      await editions.setState(stream, from, {
        to: 'retired',
        by,
        at,
        ...changing({ cause: how === 'published' ? 'replaced-by' : 'left-for', edition: to.number }),
        keepUntil,
      })
    }
    const noted = changing({ cause: how, insteadOf: from })
    await editions.setState(stream, to.number, { to: 'live', publishedAt: at, keepUntil: null, by, at, ...noted })
  }

  /** @throws AppError `conflict` when it can never be live again, `not-found` */
  async function publishable(stream: StreamName, number: number): Promise<Edition> {
    const wanted = await editions.get(stream, number)
    if (!wanted) throw noSuchEdition(stream, number)
    const why = whyNeverLive(wanted)
    if (why === null) return wanted
    throw new AppError('conflict', `edition ${number} of ${stream}: ${why}`, {
      facts: { stream, edition: number, state: wanted.state },
    })
  }

  return {
    read,
    async publish({ stream, edition, expectedVersion, by, at }) {
      const current = await read(stream)
      const wanted = await publishable(stream, edition)
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
      await markStates({ stream, by, at }, current?.edition ?? null, wanted, 'published')
      return next
    },
    async rollback({ stream, expectedVersion, by, at }) {
      const current = await read(stream)
      if (!current || current.previous === null) {
        throw new AppError('conflict', `${stream} has no edition before the live one: there is nothing to go back to`, {
          facts: { stream, edition: current?.edition ?? null },
        })
      }
      const wanted = await publishable(stream, current.previous)
      const trail = current.trail.slice(0, -1)
      const next = await swap(current, {
        _id: stream,
        edition: wanted.number,
        previous: trail.at(-1) ?? null,
        trail,
        version: (expectedVersion ?? current.version) + 1,
        at,
        by,
      })
      await markStates({ stream, by, at }, current.edition, wanted, 'gone-back-to')
      return next
    },
    async fence(stream, seen) {
      await swap(seen, { ...seen, _id: stream, version: seen.version + 1 })
    },
  }
}
