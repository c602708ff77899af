/** Puts the contract's operations onto Fastify: path, schemas, rights, and a handler whose types come from the contract. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { problem, type Sent } from '../contract/common.ts'
import { type Operation, type RouteName, routes } from '../contract/routes.ts'
import type { Asking, Known, Reply } from '../read/known.ts'
import type { Access } from './access.ts'

type Parsed<R extends RouteName, Part extends string> = (typeof routes)[R] extends {
  readonly [P in Part]: infer S extends z.ZodType
}
  ? z.output<S>
  : undefined

export interface Call<R extends RouteName> {
  readonly query: Parsed<R, 'query'>
  readonly params: Parsed<R, 'params'>
  readonly body: Parsed<R, 'body'>
  readonly request: FastifyRequest
}

type Response<R extends RouteName> = Sent<z.input<(typeof routes)[R]['response']>>

export interface Rights {
  /** open: also without a token on a server that wants one. */
  readonly right: 'open' | 'read' | 'change'
}

export class Operations {
  readonly #app: FastifyInstance
  readonly #access: Access
  readonly #known: Known

  constructor(app: FastifyInstance, access: Access, known: Known) {
    this.#app = app
    this.#access = access
    this.#known = known
  }

  /** What is read: cached, with ETag, stale when its service is away. */
  read<R extends RouteName>(name: R, asking: (call: Call<R>) => Asking): void {
    this.#route(name, { right: 'read' }, async (call, reply) => {
      const asked = asking(call)
      return sendKnown(call.request, reply, await this.#known.ask(asked), asked.permanent ?? false, this.#isPrivate)
    })
  }

  /** What is done, or answered afresh each time. `change`: what is known is asked again afterwards. */
  act<R extends RouteName>(
    name: R,
    rights: Rights,
    status: number,
    act: (call: Call<R>) => Promise<Response<R>>,
  ): void {
    this.#route(name, rights, async (call, reply) => {
      try {
        const response = await act(call)
        return reply.code(status).header('Cache-Control', 'no-store').type(JSON_TYPE).send(JSON.stringify(response))
      } finally {
        if (rights.right === 'change') this.#known.expire()
      }
    })
  }

  /** What sends in its own way. */
  send<R extends RouteName>(name: R, rights: Rights, send: (call: Call<R>, reply: FastifyReply) => unknown): void {
    this.#route(name, rights, send)
  }

  get #isPrivate(): boolean {
    return this.#access.reading === 'token'
  }

  #route<R extends RouteName>(
    name: R,
    { right }: Rights,
    handler: (call: Call<R>, reply: FastifyReply) => unknown,
  ): void {
    const operation: Operation = routes[name]
    const { method, path, params, query, body } = operation
    this.#app.route({
      method,
      url: path.replaceAll(/\{(\w+)\}/g, ':$1'),
      ...(operation.stream ? { compress: false as const } : {}),
      schema: {
        operationId: name,
        summary: operation.summary,
        tags: [operation.tag],
        ...(params ? { params } : {}),
        ...(query ? { querystring: query } : {}),
        ...(body ? { body } : {}),
        ...(right === 'change' ? { security: [{ token: [] }] } : {}),
        response: responsesOf(operation, right),
      },
      onRequest: async (request) => {
        if (method === 'POST') this.#access.checkOrigin(request.headers)
        if (right !== 'open') this.#access.checkRight(right, request.headers)
      },
      handler: (request, reply) => handler(callOf<R>(request), reply),
    })
  }
}

const JSON_TYPE = 'application/json; charset=utf-8'
const PROBLEM = { content: { 'application/problem+json': { schema: problem } } }

/** A body of JSON is parsed by its schema; what the schema gives is what the handler sees. */
function callOf<R extends RouteName>(request: FastifyRequest): Call<R> {
  const { query, params, body } = request
  return { query, params, body, request } as Call<R>
}

function responsesOf({ response, stream, method, params, query, body, path }: Operation, right: Rights['right']) {
  const type = stream ? 'text/event-stream' : 'application/json'
  const is = (status: number, description: string) => ({ [status]: { description, ...PROBLEM } })
  return {
    200: { description: 'As asked', content: { [type]: { schema: response } } },
    ...(params || query || body ? is(400, 'The request is wrong') : {}),
    ...(right === 'open' ? {} : is(401, 'The token is missing or wrong')),
    ...(method === 'POST' ? is(403, 'Changing is off, or the request comes from another site') : {}),
    ...(params || query ? is(404, 'There is no such thing') : {}),
    ...(right === 'change' ? is(409, 'The state does not allow it') : {}),
    ...(body ? is(415, 'The body must be JSON') : {}),
    ...(path.startsWith('/api') ? is(429, 'Too many requests') : {}),
    ...(path === '/healthz' ? {} : is(503, 'A service does not answer, and nothing is known')),
  }
}

function sendKnown(
  request: FastifyRequest,
  reply: FastifyReply,
  { text, tag, stale }: Reply,
  isPermanent: boolean,
  isPrivate: boolean,
): FastifyReply {
  // weak: compressed or not, it is the same answer
  const etag = `W/"${tag}"`
  reply.header('ETag', etag)
  reply.header(
    'Cache-Control',
    isPermanent ? `${isPrivate ? 'private' : 'public'}, max-age=31536000, immutable` : 'no-cache',
  )
  if (stale) reply.header('Tendance-Stale-Since', new Date(stale.since).toUTCString())
  if (matches(request.headers['if-none-match'], etag)) return reply.code(304).send()
  return reply.type(JSON_TYPE).send(text)
}

/** RFC 9110: weak comparison; `*` is anything. */
function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  const bare = (tag: string) => tag.trim().replace(/^W\//, '')
  return header.trim() === '*' || header.split(',').some((tag) => bare(tag) === bare(etag))
}
