/**
 * Variables `TENDANCE_…` that are no settings. Three kinds:
 *
 * - Kubernetes writes some variables for each Service of a namespace into each of its pods ("service links"). A Service `tendance-web` gives
 *   TENDANCE_WEB_SERVICE_HOST, TENDANCE_WEB_SERVICE_PORT_HTTP, TENDANCE_WEB_PORT_8420_TCP_ADDR and, under the name of a setting of
 *   ours, TENDANCE_WEB_PORT=tcp://10.0.0.1:8420. Nobody wrote them, so they are left out with a warning.
 * - What looks like a setting but is none was misspelt: it is refused with the nearest right name, as what it should say is lost otherwise.
 * - Anything else (TENDANCE_IMAGE of a deployment's own) is left out with a warning.
 */

export interface Sifted {
  /** Without the service links. */
  readonly env: NodeJS.ProcessEnv
  /** Names of the service links, sorted. */
  readonly links: readonly string[]
}

const LINK_NAME = /^TENDANCE_(.+_)?(SERVICE_HOST|SERVICE_PORT(_.+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$/
const LINK_PORT_NAME = /^TENDANCE_(.+_)?PORT$/
const LINK_PORT_VALUE = /^(tcp|udp|sctp):\/\//

/** Takes out what Kubernetes has put in. */
export function withoutServiceLinks(env: NodeJS.ProcessEnv): Sifted {
  const isLink = (name: string, value = '') =>
    LINK_NAME.test(name) || (LINK_PORT_NAME.test(name) && LINK_PORT_VALUE.test(value))
  const entries = Object.entries(env)
  const links = entries.filter(([name, value]) => isLink(name, value)).map(([name]) => name)
  if (links.length === 0) return { env, links }
  return { env: Object.fromEntries(entries.filter(([name]) => !links.includes(name))), links: links.sort() }
}

/** One warning for all of them. */
export function linksWarning(links: readonly string[]): readonly string[] {
  if (links.length === 0) return []
  const [first] = links
  const others = links.length === 1 ? '' : ` and ${links.length - 1} more`
  return [
    `ignored ${first}${others}: Kubernetes sets them for Services whose names begin with tendance. 'enableServiceLinks: false' in the pod's spec turns that off`,
  ]
}

/** A section and a key of settings differ from a misspelt one by so many letters at most. */
const SLIPS_MAX = 3

/** The name that was meant, if it looks like a setting: by its letters, or by the section that it begins with. */
export function nearestSetting(name: string, known: Iterable<string>, sections: readonly string[]): string | undefined {
  let nearest: string | undefined
  let least = Number.POSITIVE_INFINITY
  for (const other of known) {
    const slips = distance(name, other)
    if (slips < least) [nearest, least] = [other, slips]
  }
  const inSection = sections.some((section) => name.startsWith(`TENDANCE_${section.toUpperCase()}_`))
  return least <= SLIPS_MAX || inSection ? nearest : undefined
}

/** How many letters to insert, delete or replace (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1))
    }
    row = next
  }
  return row[b.length]!
}
