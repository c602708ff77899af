/** The registry of views: what each asks before it can be drawn, and how it is drawn. */
import type { ComponentType } from 'preact'
import type { Question } from '../state/api.ts'
import type { Page } from '../state/page-context.ts'
import type { Route, ViewName } from '../state/route.ts'
import { askEditions, EditionsView } from './editions/editions.tsx'
import { askHours, HoursView } from './hours.tsx'
import { Missing } from './missing.tsx'
import { askNow, NowView } from './now.tsx'
import { askPipeline, PipelineView } from './pipeline/pipeline.tsx'
import { askRange, RangeView } from './range.tsx'
import { askTerm, TermView } from './term.tsx'

export interface View {
  /** What the server asks before it draws the page. */
  readonly asks: (page: Pick<Page, 'route' | 'preferences' | 'now'>) => readonly Question[]
  readonly component: ComponentType
}

const asksNothing = () => []

export const views = {
  now: { asks: askNow, component: NowView },
  hours: { asks: askHours, component: HoursView },
  range: { asks: askRange, component: RangeView },
  term: { asks: askTerm, component: TermView },
  editions: { asks: askEditions, component: EditionsView },
  pipeline: { asks: askPipeline, component: PipelineView },
  missing: { asks: asksNothing, component: Missing },
} as const satisfies Record<ViewName | 'missing', View>

export function viewOf({ view }: Route): View {
  return views[view]
}
