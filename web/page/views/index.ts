/** The registry of views: what each asks before it can be drawn, and how it is drawn. */
import type { ComponentType } from 'preact'
import type { Question } from '../state/api.ts'
import type { Page } from '../state/page-context.ts'
import type { Route, ViewName } from '../state/route.ts'
import { askHours, HoursView } from './hours.tsx'
import { Missing } from './missing.tsx'
import { askNow, NowView } from './now.tsx'
import { askRange, RangeView } from './range.tsx'

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
  term: { asks: asksNothing, component: Missing },
  editions: { asks: asksNothing, component: Missing },
  pipeline: { asks: asksNothing, component: Missing },
  missing: { asks: asksNothing, component: Missing },
} as const satisfies Record<ViewName | 'missing', View>

export function viewOf({ view }: Route): View {
  return views[view]
}
