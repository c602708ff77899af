/** What a dashboard and alert rules ask for, and what a scrape has: by name. */

/** Words of PromQL that look like metrics and are none do not begin like this. */
const METRIC = /\b(?:tendance|temporal|nodejs|process)_[a-z0-9_]+/g

export function metricsIn(text: string): ReadonlySet<string> {
  return new Set(text.match(METRIC))
}

/** The expressions of all panels, rows' own panels among them. */
export function expressionsOf(dashboard: unknown): readonly string[] {
  if (Array.isArray(dashboard)) return dashboard.flatMap(expressionsOf)
  if (typeof dashboard !== 'object' || dashboard === null) return []
  return Object.entries(dashboard).flatMap(([key, value]) =>
    key === 'expr' && typeof value === 'string' ? [value] : expressionsOf(value),
  )
}

/** Names with a sample, as a scrape tells them: of a histogram also `_bucket`, `_sum`, `_count`. */
export function namesOf(scraped: string): ReadonlySet<string> {
  return new Set(scraped.split('\n').flatMap((line) => /^([a-zA-Z_:][\w:]*)[{ ]/.exec(line)?.[1] ?? []))
}

/** The value of the series of that name whose labels hold all of these; the sum where there are several. */
export function sampleOf(scraped: string, name: string, labels: Readonly<Record<string, string>> = {}): number {
  return scraped
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter((line) => Object.entries(labels).every(([key, value]) => line.includes(`${key}="${value}"`)))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
}
