/**
 * Links and forms of the page are ordinary links and GET forms, which a browser without script follows to the server. With script they
 * change the address and what is drawn. Left to the browser: `data-native`, downloads, other sites, and clicks that open elsewhere.
 */
import type { Page } from './page-context.ts'

/** @returns stops it */
export function followLinks(go: Page['go']): () => void {
  const onClick = (event: MouseEvent) => {
    if (
      event.defaultPrevented ||
      event.button !== 0 ||
      event.metaKey ||
      event.ctrlKey ||
      event.shiftKey ||
      event.altKey
    )
      return
    const link = (event.target as Element).closest<HTMLAnchorElement | SVGAElement>('a[href]')
    const href = link?.getAttribute('href')
    if (!link || !href?.startsWith('/') || link.hasAttribute('download') || 'native' in link.dataset) return
    event.preventDefault()
    go(href)
  }
  const onSubmit = (event: SubmitEvent) => {
    const form = event.target as HTMLFormElement
    if (event.defaultPrevented || form.method !== 'get' || 'own' in form.dataset) return
    event.preventDefault()
    const given = [...new FormData(form)].flatMap(([name, value]) =>
      typeof value === 'string' && value !== '' ? [[name, value]] : [],
    )
    const search = new URLSearchParams(given).toString()
    go(`${form.getAttribute('action')}${search === '' ? '' : `?${search}`}`)
  }
  const onChange = (event: Event) => {
    const field = event.target as HTMLInputElement
    if ('submit' in field.dataset && field.validity.valid && field.value !== '') field.form?.requestSubmit()
  }
  document.addEventListener('click', onClick)
  document.addEventListener('submit', onSubmit)
  document.addEventListener('change', onChange)
  return () => {
    document.removeEventListener('click', onClick)
    document.removeEventListener('submit', onSubmit)
    document.removeEventListener('change', onChange)
  }
}
