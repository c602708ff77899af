/** `GET /about`: what a page or a program has to know before it asks anything else. */
import { z } from 'zod'
import { count, instant } from './common.ts'

export const aboutResponse = z
  .object({
    name: z.literal('tendance'),
    version: z.string(),
    now: instant.describe('The server’s clock'),
    boards: z.array(z.object({ name: z.string(), stream: z.string(), slotMs: count, family: z.string() })),
    extractors: z.array(z.object({ name: z.string(), family: z.string(), about: z.string() })),
    reading: z.enum(['open', 'token']),
    changing: z.enum(['token', 'off']).describe('off: no token is set, nothing can be changed'),
    authorised: z.boolean().describe('This request had the right token'),
    temporalUi: z.string(),
    docs: z.string().describe('Path of the browsable API'),
  })
  .meta({ id: 'AboutResponse' })

export const health = z.object({ ok: z.literal(true) }).meta({ id: 'Health' })
export const readiness = z
  .object({
    ready: z.boolean().describe('It can answer: from the store, or at least from what it knows'),
    checks: z.array(z.object({ name: z.string(), ok: z.boolean(), about: z.string() })),
  })
  .meta({ id: 'Readiness' })
