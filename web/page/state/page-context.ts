/** What every part of the page may use: where it is, how it is to be shown, what is known. */
import { createContext } from 'preact'
import { useContext, useEffect } from 'preact/hooks'
import type { ResponseOf } from '../../contract/routes.ts'
import type { Format } from '../format/format.ts'
import type { Text } from '../text/en.ts'
import type { Api, Known, question } from './api.ts'
import type { Preferences } from './preferences.ts'
import type { Route } from './route.ts'

export interface Page {
  readonly route: Route
  readonly preferences: Preferences
  readonly text: Text
  readonly format: Format
  readonly api: Api
  /** Wall clock of the last whole minute at most, ms; the same on the server and at the first drawing in the browser. */
  readonly now: number
  /** A browser's script runs: what only it can do may be shown. */
  readonly isAlive: boolean
  readonly go: (href: string, options?: { readonly replace?: boolean }) => void
  readonly prefer: (wanted: Partial<Preferences>) => void
  readonly setToken: (token: string | null) => void
}

const Context = createContext<Page | undefined>(undefined)

export const PageProvider = Context.Provider

export function usePage(): Page {
  const page = useContext(Context)
  if (!page) throw new Error('no page: this part stands outside of the page')
  return page
}

const AGAIN_MS = 3_000

type Asker = typeof question
type Readable = Parameters<Asker>[0]

/**
 * What is known of a question; asked when it is not known, and again every `everyMs` while somebody looks.
 * undefined: it is being asked for the first time, or there is nothing to ask (`null`).
 */
export function useAsked<R extends Readable>(
  asked: { readonly route: R; readonly path: string } | null,
  everyMs = 30_000,
): Known<ResponseOf<R>> | undefined {
  const { api, isAlive } = usePage()
  const path = asked?.path
  const known = asked ? api.known(asked) : undefined
  // who does not answer may be back in a moment
  const waitMs = known?.problem && known.problem.status >= 500 ? Math.min(everyMs, AGAIN_MS) : everyMs
  useEffect(() => {
    if (!asked) return undefined
    if (!api.known(asked)?.data) void api.ask(asked)
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') void api.ask(asked)
    }, waitMs)
    return () => clearInterval(timer)
  }, [api, path, waitMs, isAlive])
  return known
}
