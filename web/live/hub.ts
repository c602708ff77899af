/**
 * One poller of the views for all who listen to `GET /live`, and none when nobody does.
 *
 * An event's id is `<hub>-<number>`. Who comes back with the id of one that is still held gets those behind it; anybody else gets
 * the latest, which says everything. Who does not take what is sent is sent the later ones only.
 */
import { randomBytes } from 'node:crypto'
import { PassThrough, type Readable } from 'node:stream'
import { AppError, isAppError, messageOf } from '../../model/errors.ts'
import type { Logger } from '../../model/log.ts'
import type { Clock } from '../../model/time.ts'
import type { Sent } from '../contract/common.ts'
import type { LiveEvent } from '../contract/live.ts'

export interface HubOptions {
  /** @throws AppError `unavailable` */
  readonly read: () => Promise<Sent<LiveEvent>>
  readonly clock: Clock
  readonly logger: Logger
  readonly pollMs?: number
}

interface HeldEvent {
  readonly number: number
  readonly text: string
}

const POLL_MS = 1_000
/** Without news, an event comes this often all the same, so that a reader knows that it is not cut off. */
const QUIET_MS = 5_000
const HELD_MAX = 120
const CLIENTS_MAX = 500
const WAITING_BYTES_MAX = 256 * 1024
/** What a browser waits before it comes back. */
const RETRY_MS = 2_000

export class LiveHub implements AsyncDisposable {
  readonly #options: HubOptions
  readonly #id = randomBytes(4).toString('hex')
  readonly #clients = new Set<PassThrough>()
  readonly #held: HeldEvent[] = []
  #sent = 0
  #sentAt = Number.NEGATIVE_INFINITY
  #last: Sent<LiveEvent> | undefined
  #timer: NodeJS.Timeout | undefined
  #polling: Promise<void> | undefined
  #closed = false

  constructor(options: HubOptions) {
    this.#options = options
  }

  /**
   * A stream of events, from behind `lastEventId` where that is known.
   * @throws AppError `unavailable` when too many listen already
   */
  listen(lastEventId: string | undefined): Readable {
    if (this.#closed || this.#clients.size >= CLIENTS_MAX) {
      throw new AppError(
        'unavailable',
        `${this.#clients.size} listen already; ask /api/v1/top instead, or come back later`,
      )
    }
    const client = new PassThrough({ highWaterMark: WAITING_BYTES_MAX })
    client.write(`retry: ${RETRY_MS}\n\n`)
    for (const { text } of this.#behind(lastEventId)) client.write(text)
    this.#clients.add(client)
    client.on('close', () => this.#clients.delete(client))
    this.#start()
    return client
  }

  /** Ends all streams: their readers come back, to whoever serves then. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    for (const client of this.#clients) client.end()
    await this.#polling
  }

  #behind(lastEventId: string | undefined): readonly HeldEvent[] {
    const [hub, number] = lastEventId?.split('-') ?? []
    const seen = Number(number)
    const oldest = this.#held[0]
    if (hub === this.#id && oldest && seen >= oldest.number - 1 && seen <= this.#sent) {
      return this.#held.filter((event) => event.number > seen)
    }
    // A hub that had nobody for a while holds what is old by now: the poll that begins brings what is true.
    return this.#timer === undefined ? [] : this.#held.slice(-1)
  }

  #start(): void {
    if (this.#timer !== undefined || this.#closed) return
    this.#sentAt = Number.NEGATIVE_INFINITY
    const turn = () => {
      this.#polling = this.#poll().finally(() => {
        this.#timer =
          this.#clients.size > 0 && !this.#closed ? setTimeout(turn, this.#options.pollMs ?? POLL_MS) : undefined
      })
    }
    this.#timer = setTimeout(turn, 0)
  }

  async #poll(): Promise<void> {
    const { read, clock, logger } = this.#options
    try {
      this.#offer(await read())
    } catch (error) {
      const isAway = isAppError(error, 'unavailable')
      if (!isAway) {
        logger.error({ err: error }, 'what is live could not be read')
      }
      const { at = clock(), stale = null } = this.#last ?? {}
      const service = isAway ? 'MongoDB' : null
      if (this.#last)
        this.#offer({ ...this.#last, stale: { since: stale?.since ?? at, service, why: messageOf(error) } })
    }
  }

  /** Sends it when it says something new, or when nothing was sent for a while. */
  #offer(event: Sent<LiveEvent>): void {
    const isNews = this.#last === undefined || gist(event) !== gist(this.#last)
    const now = this.#options.clock()
    this.#last = event
    if (!isNews && now - this.#sentAt < QUIET_MS) return
    this.#sentAt = now
    const number = ++this.#sent
    const text = `event: live\nid: ${this.#id}-${number}\ndata: ${JSON.stringify(event)}\n\n`
    this.#held.push({ number, text })
    if (this.#held.length > HELD_MAX) this.#held.shift()
    for (const client of this.#clients) if (client.writableLength < WAITING_BYTES_MAX) client.write(text)
  }
}

/** All but the time that passes. */
function gist({ at: _at, secondsBehind: _behind, sliding: { to: _to, ...sliding }, ...rest }: Sent<LiveEvent>): string {
  return JSON.stringify([sliding, rest])
}
