/** The frame around every view: where one is, where one can go, how one sees it. */
import { Icon } from './parts/icons.tsx'
import { Settings } from './parts/settings.tsx'
import { askAbout } from './state/about.ts'
import { useAsked, usePage } from './state/page-context.ts'
import { hrefOf, VIEWS } from './state/route.ts'
import { viewOf } from './views/index.ts'

export function App() {
  const { route, text, format } = usePage()
  const about = useAsked(askAbout, 300_000)?.data
  const { component: View } = viewOf(route)
  return (
    <>
      <a class="skip" href="#main">
        {text.skip}
      </a>
      <header class="top">
        <a class="brand" href="/" title={text.brand.tagline}>
          <Mark />
          <span>{text.brand.name}</span>
        </a>
        <nav aria-label={text.nav.label}>
          {VIEWS.map((view) => (
            <a key={view} href={hrefOf(view)} aria-current={view === route.view ? 'page' : undefined}>
              <Icon name={view} />
              <span>{text.nav[view]}</span>
            </a>
          ))}
        </nav>
        <Settings />
      </header>
      <main id="main" tabIndex={-1}>
        <View key={route.view} />
      </main>
      <footer class="quiet">
        <span>{text.brand.tagline}.</span>
        <span>{text.footer.zone(format.zone.replaceAll('_', ' '))}</span>
        <a href={about?.docs ?? '/docs'} data-native>
          {text.footer.api}
        </a>
        {about && (
          <a href={about.temporalUi} rel="noreferrer">
            {text.footer.temporal}
          </a>
        )}
        {about && <span>{about.version}</span>}
      </footer>
    </>
  )
}

function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
      <rect width="32" height="32" rx="8" />
      <path class="front" d="M5 22C12 22 11 9 18 9s5 6 9 6" />
      <path class="back" d="M5 12c7 0 6 11 13 11s5-2 9-2" />
    </svg>
  )
}
