/**
 * The page's files, as the build left them. Names in `assets/` hold a digest of their content, so they never change; everything else
 * is asked for again. A path without a file is the page's own matter (it reads the address itself), so it gets `index.html`.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'

export const NOT_BUILT = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Tendance</title>
<h1>The page is not built</h1>
<p>Build it with <code>npm run page</code>, then load this again. The API works without it: <a href="/docs">/docs</a>.</p>
</html>
`

export const INDEX = 'index.html'
const YEAR_S = 31_536_000

/** Whether the page is built in the folder. */
export function isPageBuilt(pageDir: string): boolean {
  return existsSync(join(pageDir, INDEX))
}

export async function addPage(app: FastifyInstance, pageDir: string): Promise<void> {
  if (!isPageBuilt(pageDir)) {
    app.get('/', { schema: { hide: true } }, async (_request, reply) =>
      reply.code(503).header('Cache-Control', 'no-store').type('text/html; charset=utf-8').send(NOT_BUILT),
    )
    return
  }
  await app.register(fastifyStatic, {
    root: pageDir,
    cacheControl: false,
    schemaHide: true,
    wildcard: false,
    setHeaders(reply, path) {
      const isAsset = path.startsWith(join(pageDir, 'assets'))
      reply.header('Cache-Control', isAsset ? `public, max-age=${YEAR_S}, immutable` : 'no-cache')
    },
  })
}

/** Whether a browser asks for a page, rather than a program for data. */
export function asksForPage(method: string, path: string, accept: string | undefined): boolean {
  const isRead = method === 'GET' || method === 'HEAD'
  return (
    isRead && !/^\/(api|docs|assets)(\/|$)/.test(path) && !/\.\w+$/.test(path) && /\btext\/html\b/.test(accept ?? '')
  )
}
