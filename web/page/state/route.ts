/** The address is the state: which view, and what it shows. Pure; both the server and the browser read addresses here. */

export const VIEWS = ['now', 'hours', 'range', 'term', 'editions', 'pipeline'] as const
export type ViewName = (typeof VIEWS)[number]

export interface Route {
  readonly view: ViewName | 'missing'
  readonly path: string
  readonly query: Readonly<Record<string, string>>
}

export function readRoute(url: string): Route {
  const [path = '/', search = ''] = url.split('#', 1)[0]!.split('?', 2)
  const name = path === '/' ? 'now' : path.slice(1).replace(/\/$/, '')
  const view = VIEWS.find((one) => one === name && one !== 'now') ?? (path === '/' ? 'now' : 'missing')
  const given = [...new URLSearchParams(search)].filter(([, value]) => value !== '')
  return { view, path, query: Object.fromEntries(given) }
}

/** The address of a view. What is undefined or empty is left away. */
export function hrefOf(view: ViewName, query: Readonly<Record<string, string | number | undefined>> = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '')
  const search = new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)])).toString()
  return `/${view === 'now' ? '' : view}${search === '' ? '' : `?${search}`}`
}
