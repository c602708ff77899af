/** `/openapi.json`, made from the contract, and `/docs`, Swagger UI on it: served from its package, nothing of it from elsewhere. */
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { createJsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import type { Access } from './access.ts'

export const DOCS = '/docs'

export async function addDocs(app: FastifyInstance, access: Access, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Tendance',
        version,
        description:
          'What is trending in a social stream, and how sure that is. Hours are UTC; instants are milliseconds since 1970 UTC.',
        license: { name: 'Apache-2.0' },
      },
      tags: [
        { name: 'answers', description: 'What is and was trending' },
        {
          name: 'editions',
          description: 'Histories of views: what there is, what would change, what a person decides',
        },
        { name: 'pipeline', description: 'How far everything is, and what is wrong' },
        { name: 'service', description: 'This server' },
      ],
      components: {
        securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'web.token' } },
      },
    },
    transform: createJsonSchemaTransform({ skipList: [] }),
    transformObject: (document) => withoutUnused(jsonSchemaTransformObject(document)),
  })
  const mayRead = async (request: { readonly headers: Parameters<Access['checkRight']>[1] }) => {
    access.checkRight('read', request.headers)
  }
  await app.register(swaggerUi, {
    routePrefix: DOCS,
    uiConfig: { url: '/openapi.json', deepLinking: true, tryItOutEnabled: true, validatorUrl: null },
  })
  app.get('/openapi.json', { schema: { hide: true }, onRequest: mayRead }, async (_request, reply) =>
    reply.header('Cache-Control', 'no-cache').send(app.swagger()),
  )
}

interface OpenApi {
  readonly paths?: unknown
  readonly components?: { readonly schemas?: Readonly<Record<string, unknown>> }
}

/** The contract's schemas come once as read and once as sent: those that no operation names are left out. */
function withoutUnused<Document extends object>(document: Document): Document {
  const { paths, components } = document as OpenApi
  const { schemas = {} } = components ?? {}
  const used = new Set<string>()
  const visit = (text: string) => {
    for (const [, name = ''] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      if (used.has(name)) continue
      used.add(name)
      visit(JSON.stringify(schemas[name]))
    }
  }
  visit(JSON.stringify(paths))
  const kept = Object.fromEntries(Object.entries(schemas).filter(([name]) => used.has(name)))
  return { ...document, components: { ...components, schemas: kept } }
}
