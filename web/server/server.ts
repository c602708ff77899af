/**
 * The HTTP server: Fastify with the contract's operations, the page's files, and what stands before all of them (host check,
 * headers, rate limit, compression, problem+json). Nothing listens here: web/run.ts does, tests inject.
 */
import { randomUUID } from 'node:crypto'
import { constants } from 'node:zlib'
import compress, { type FastifyCompressOptions } from '@fastify/compress'
import cors from '@fastify/cors'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { validatorCompiler } from 'fastify-type-provider-zod'
import { API } from '../contract/common.ts'
import { routes } from '../contract/routes.ts'
import { createKnown } from '../read/known.ts'
import type { Services } from '../services.ts'
import { createAccess } from './access.ts'
import { addDocs } from './docs.ts'
import { Operations } from './operations.ts'
import { addPage, asksForPage, openPage, type PageSite, sendPage } from './page.ts'
import { Refusal, troubleOf } from './problem.ts'
import { addRoutes } from './routes.ts'

export interface ServerOptions {
  readonly services: Services
  /** Folder of the built page; it may not be there. */
  readonly pageDir: string
  /** Of the package. */
  readonly version: string
}

const BODY_BYTES_MAX = 64 * 1024
/** The contract's own limits are shorter, and say so. */
const PARAM_LENGTH_MAX = 4_096
const REQUEST_TIMEOUT_MS = 30_000
const MINUTE = '1 minute'
const COMPRESSION = {
  /** Below it, packing costs more than it saves. */
  threshold: 1_400,
  encodings: ['br', 'gzip'],
  /** As fast as gzip, and smaller; the best quality takes a second for a megabyte. */
  brotliOptions: { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } },
} satisfies FastifyCompressOptions

/** @throws AppError `bad-config` when it would be open to a network without a token */
export async function createServer({ services, pageDir, version }: ServerOptions): Promise<FastifyInstance> {
  const { config, logger, clock } = services
  const access = createAccess(config.web)
  const app = Fastify({
    logger: false,
    genReqId: () => randomUUID().slice(0, 8),
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: PARAM_LENGTH_MAX },
    // a path that cannot even be read: no hook sees it
    frameworkErrors: (error, request, reply) => sendTrouble(error, request, reply, services),
  })
  // a page of another site can send text without asking first, JSON it cannot
  app.removeContentTypeParser('text/plain')
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(() => (data) => JSON.stringify(data))
  app.addHook('onRequest', async (request) => access.checkHost(request.headers.host))
  app.addHook('onResponse', async (request, reply) => {
    const facts = {
      request: request.id,
      method: request.method,
      url: request.url,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
    }
    logger[request.method === 'POST' ? 'info' : 'debug'](facts, 'answered')
  })
  const site = await openPage(pageDir)
  addErrors(app, services, site)
  await app.register(helmet, HEADERS)
  await app.register(compress, COMPRESSION)
  const { origins, ratePerMinute } = config.web
  if (origins.length > 0) {
    const exposed = ['ETag', 'Tendance-Stale-Since', 'Retry-After']
    await app.register(cors, { origin: [...origins], methods: ['GET', 'POST'], exposedHeaders: exposed })
  }
  if (ratePerMinute > 0) {
    const allowList = ({ url }: { readonly url: string }) => !url.startsWith(API)
    await app.register(rateLimit, { max: ratePerMinute, timeWindow: MINUTE, allowList })
  }
  await addDocs(app, access, version)
  const known = createKnown({ clock })
  addRoutes({ app, operations: new Operations(app, access, known), services, known, access, version })
  await addPage(app, site, clock)
  return app
}

/**
 * Scripts, styles and pictures are our own files; nothing is inline, nothing is framed, nothing is asked of other servers.
 * No HSTS: the server speaks plain HTTP, and what stands before it decides that.
 */
const HEADERS = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      'default-src': ["'none'"],
      'script-src': ["'self'"],
      'style-src': ["'self'"],
      'img-src': ["'self'", 'data:'],
      'font-src': ["'self'"],
      'connect-src': ["'self'"],
      'manifest-src': ["'self'"],
      'base-uri': ["'none'"],
      'form-action': ["'self'"],
      'frame-ancestors': ["'none'"],
    },
  },
  strictTransportSecurity: false,
  referrerPolicy: { policy: 'no-referrer' },
  xFrameOptions: { action: 'deny' },
  crossOriginEmbedderPolicy: false,
} as const

function addErrors(app: FastifyInstance, services: Services, site: PageSite | undefined): void {
  app.setErrorHandler((error, request, reply) => sendTrouble(error, request, reply, services))
  // before a body is parsed: of a method that is not ours nobody knows what it holds
  app.addHook('onRequest', async ({ is404, method, url }) => {
    if (is404 && method !== 'GET' && method !== 'HEAD') throw nothingThere(pathOf(url))
  })
  app.setNotFoundHandler((request, reply) => {
    const path = pathOf(request.url)
    if (site && asksForPage(request.method, path, request.headers.accept))
      return sendPage(app, site, services.clock, request, reply)
    throw nothingThere(path)
  })
}

function sendTrouble(error: unknown, request: FastifyRequest, reply: FastifyReply, { logger }: Services): FastifyReply {
  const { problem, headers, isOurs } = troubleOf(error, request.id)
  if (isOurs) logger.error({ request: request.id, url: request.url, err: error }, problem.title)
  return reply
    .removeHeader('ETag')
    .code(problem.status)
    .headers(headers)
    .header('Cache-Control', 'no-store')
    .type('application/problem+json')
    .send(JSON.stringify(problem))
}

function pathOf(url: string): string {
  return url.split('?', 1)[0]!
}

/** Another method is right, or none is. */
function nothingThere(path: string): Refusal {
  const others = Object.values(routes).filter((route) => patternOf(route.path).test(path))
  if (others.length === 0) return new Refusal('not-found', `There is no ${path}; /openapi.json lists what there is`)
  const allow = [...new Set(others.map(({ method }) => (method === 'GET' ? 'GET, HEAD' : method)))].join(', ')
  return new Refusal('method-not-allowed', `${path} takes ${allow}`, { Allow: allow })
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`)
}
