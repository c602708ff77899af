/**
 * Server-sent events (WHATWG HTML, 9.2) out of a text that comes in pieces. Own, and over fetch: EventSource cannot send the token.
 * `event`, `data`, `id` and `retry` are known; a comment or another field is passed over.
 */
export interface ServerEvent {
  readonly name: string
  readonly data: string
}

export class EventLines {
  #rest = ''
  #name = ''
  #data: string[] = []
  #pendingId: string | undefined
  /** Of the last event that was complete. */
  lastId: string | undefined
  /** What the server asks to wait before coming back, ms. */
  retryMs: number | undefined

  /** Another connection: what was not complete on the one before has not come, and is not held to have. */
  begin(): void {
    this.#rest = ''
    this.#name = ''
    this.#data = []
    this.#pendingId = undefined
  }

  /** The events that the piece completes. */
  add(piece: string): readonly ServerEvent[] {
    // a piece may end between the two characters of one line end
    const text = this.#rest + piece
    const held = text.endsWith('\r') ? '\r' : ''
    const lines = text.slice(0, text.length - held.length).split(/\r\n|\n|\r/)
    this.#rest = lines.pop()! + held
    return lines.flatMap((line) => this.#take(line))
  }

  #take(line: string): readonly ServerEvent[] {
    if (line === '') return this.#finish()
    const at = line.indexOf(':')
    const field = at < 0 ? line : line.slice(0, at)
    const value = at < 0 ? '' : line.slice(at + 1).replace(/^ /, '')
    if (field === 'event') this.#name = value
    if (field === 'data') this.#data.push(value)
    if (field === 'id') this.#pendingId = value
    if (field === 'retry' && /^\d+$/.test(value)) this.retryMs = Number(value)
    return []
  }

  #finish(): readonly ServerEvent[] {
    const [name, data] = [this.#name || 'message', this.#data]
    this.lastId = this.#pendingId ?? this.lastId
    this.#name = ''
    this.#data = []
    this.#pendingId = undefined
    return data.length === 0 ? [] : [{ name, data: data.join('\n') }]
  }
}
