/** What stands outside of the drawn part of the page: the same on the server and in the browser. */

import type { KnownByPath } from './state/api.ts'
import type { Preferences } from './state/preferences.ts'
import type { Route } from './state/route.ts'
import { texts } from './text/index.ts'

/** What the server drew the page from; the browser's first drawing uses the same, so that it finds what it expects. */
export interface Drawn {
  /** The server's clock when it drew, ms: the browser's may be wrong, so it is only used to tell how time goes on. */
  readonly at: number
  /** The whole minute before. */
  readonly now: number
  readonly preferences: Preferences
  readonly known: KnownByPath
}

export function titleOf({ view, query }: Route, { lang }: Pick<Preferences, 'lang'>): string {
  const { nav, brand, states } = texts[lang]
  if (view === 'missing') return `${states.missingTitle} · ${brand.name}`
  const term = view === 'term' && query['term'] !== undefined ? `#${query['term'].replace(/^#/, '')}` : nav[view]
  return `${term} · ${brand.name}`
}
