/**
 * The page: its files, as the build left them, and every address of it drawn on the server with its data, so that it is there before any
 * script runs, and without one. What a page asks, it asks of this very server, with the rights of who asks for the page.
 *
 * Names in `assets/` hold a digest of their content, so they never change; everything else is asked for again.
 */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '../../model/time.ts'
import type { Asked, CreateRenderer } from '../page/rendering.ts'
import { hrefOf, VIEWS } from '../page/state/route.ts'

export const NOT_BUILT = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Tendance</title>
<h1>The page is not built</h1>
<p>Build it with <code>npm run build</code>, then start this again. The API works without it: <a href="/docs">/docs</a>.</p>
</html>
`

const YEAR_S = 31_536_000
/** Of a question that takes longer the page is drawn without its answer; a script asks it again. */
const PATIENCE_MS = 2_500

export interface PageSite {
  /** What browsers load. */
  readonly clientDir: string
  readonly render: ReturnType<CreateRenderer>
}

/** @param pageDir as web/build-page.ts left it. undefined: the page is not built. */
export async function openPage(pageDir: string): Promise<PageSite | undefined> {
  const entry = join(pageDir, 'server', 'server.js')
  if (!existsSync(entry)) return undefined
  const { createRenderer } = (await import(pathToFileURL(entry).href)) as { readonly createRenderer: CreateRenderer }
  const template = await readFile(join(pageDir, 'server', 'index.html'), 'utf8')
  return { clientDir: join(pageDir, 'client'), render: createRenderer(template) }
}

export async function addPage(app: FastifyInstance, site: PageSite | undefined, clock: Clock): Promise<void> {
  if (!site) {
    app.get('/', { schema: { hide: true } }, async (_request, reply) =>
      reply.code(503).header('Cache-Control', 'no-store').type(HTML).send(NOT_BUILT),
    )
    return
  }
  const { clientDir } = site
  // routes of their own, so that what stands before all routes (compression) does so here; the not-found handler sends the others
  for (const view of VIEWS) {
    app.get(hrefOf(view), { schema: { hide: true } }, (request, reply) => sendPage(app, site, clock, request, reply))
  }
  await app.register(fastifyStatic, {
    root: clientDir,
    cacheControl: false,
    schemaHide: true,
    wildcard: false,
    index: false,
    preCompressed: true,
    setHeaders(reply, path) {
      const isAsset = path.startsWith(join(clientDir, 'assets'))
      reply.header('Cache-Control', isAsset ? `public, max-age=${YEAR_S}, immutable` : 'no-cache')
    },
  })
}

const HTML = 'text/html; charset=utf-8'

export async function sendPage(
  app: FastifyInstance,
  { render }: PageSite,
  clock: Clock,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { status, html, remember } = await render({
    url: request.url,
    cookie: request.headers.cookie,
    acceptLanguage: request.headers['accept-language'],
    now: clock(),
    ask: (path) => askOwn(app, request, path),
  })
  if (remember !== null) reply.header('Set-Cookie', remember)
  // what it shows grows old at once, and is another in another language
  return reply
    .code(status)
    .header('Cache-Control', 'no-store')
    .header('Vary', 'Cookie, Accept-Language')
    .type(HTML)
    .send(html)
}

async function askOwn(app: FastifyInstance, request: FastifyRequest, path: string): Promise<Asked | undefined> {
  const { host, authorization } = request.headers
  const headers = { ...(host === undefined ? {} : { host }), ...(authorization === undefined ? {} : { authorization }) }
  const asking = app.inject({ method: 'GET', url: path, headers, remoteAddress: request.ip })
  const answered = asking.then(({ statusCode, payload }): Asked => ({ status: statusCode, text: payload }))
  const patience = AbortSignal.timeout(PATIENCE_MS)
  const tooLong = new Promise<undefined>((resolve) => {
    patience.addEventListener('abort', () => resolve(undefined), { once: true })
  })
  return Promise.race([answered, tooLong])
}

/** Whether a browser asks for a page, rather than a program for data. */
export function asksForPage(method: string, path: string, accept: string | undefined): boolean {
  const isRead = method === 'GET' || method === 'HEAD'
  return (
    isRead && !/^\/(api|docs|assets)(\/|$)/.test(path) && !/\.\w+$/.test(path) && /\btext\/html\b/.test(accept ?? '')
  )
}
