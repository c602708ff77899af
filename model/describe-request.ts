/** What was asked for, in a line for people: the Temporal UI shows it, whoever started the run and with whatever. */
import type { EditionRequest } from './requests.ts'

/** `recompute posts since 2026-11-16T07 with hashtags@2` */
export function describeRequest({ kind, stream, since, until, extractors }: EditionRequest): string {
  const names = Object.values(extractors).join(', ') || 'the extractors of the live edition'
  const range = since ? `since ${since}${until ? ` until ${until}` : ''}` : 'over the full history'
  return `${kind} ${stream} ${range} with ${names}`
}

/** `asked for by ada: accents were cut` */
export function describeReason({ by, reason }: Pick<EditionRequest, 'by' | 'reason'>): string {
  return `asked for by ${by}: ${reason}`
}
