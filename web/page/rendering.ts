/** What passes between the server and the page's renderer (server.tsx, built apart from what browsers load). */

export interface PageRequest {
  /** Path and query. */
  readonly url: string
  readonly cookie: string | undefined
  readonly acceptLanguage: string | undefined
  /** Wall clock, ms. */
  readonly now: number
  /** Asks this server's own API, with the rights of who asks for the page. undefined: it took too long. */
  ask(path: string): Promise<Asked | undefined>
}

export interface Asked {
  readonly status: number
  /** JSON. */
  readonly text: string
}

export interface RenderedPage {
  readonly status: 200 | 404
  readonly html: string
  /** A cookie to be set: how this person wants to see the page. */
  readonly remember: string | null
}

/** @param template the built index.html */
export type CreateRenderer = (template: string) => (request: PageRequest) => Promise<RenderedPage>
