/** The registry of sources: a new one is a file beside this and a line here. Options are checked at this door. */
import { z } from 'zod'
import { AppError } from '../../model/errors.ts'
import type { Logger } from '../../model/log.ts'
import type { Source } from '../source.ts'
import { createFileSource } from './file.ts'
import { createSocketSource, socketOptions } from './socket.ts'
import { createSyntheticSource, SYNTHETIC_FORMS } from './synthetic.ts'

export interface SourceDependencies {
  readonly logger: Logger
}

interface SourceKind<T extends z.ZodType = z.ZodType> {
  readonly about: string
  readonly options: T
  create(options: z.infer<T>, dependencies: SourceDependencies): Source | Promise<Source>
}

const kind = <T extends z.ZodType>(definition: SourceKind<T>) => definition

const wholeNumber = z.coerce.number().int().min(0)
/** Milliseconds since 1970 UTC, or ISO 8601. */
const instant = z.union([z.number().int(), z.iso.datetime({ offset: true }).transform((text) => Date.parse(text))])

export const sources = {
  file: kind({
    about: 'JSON lines from a file (.gz too), or from a folder that is watched',
    options: z.strictObject({
      path: z.string().min(1),
      once: z.boolean().optional(),
      quietMs: wholeNumber.optional(),
      pollMs: wholeNumber.optional(),
    }),
    create: (options, { logger }) => createFileSource({ ...withoutUndefined(options), logger }),
  }),
  socket: kind({
    about: 'JSON lines over TCP',
    options: socketOptions,
    create: (options, { logger }) => createSocketSource({ ...options, logger }),
  }),
  synthetic: kind({
    about: 'posts whose truth is known',
    options: z.strictObject({
      seed: wholeNumber.default(1),
      from: instant,
      to: instant,
      posts: wholeNumber,
      copies: z.coerce.number().min(0).max(1).optional(),
      tags: wholeNumber.min(1).optional(),
      rate: z.coerce.number().min(0).optional(),
      form: z.enum(SYNTHETIC_FORMS).optional(),
    }),
    create: (options) => createSyntheticSource(withoutUndefined(options)),
  }),
} as const satisfies Record<string, SourceKind>

export type SourceKindName = keyof typeof sources
export const SOURCE_KINDS = Object.keys(sources) as readonly SourceKindName[]

/** What a command line or a configuration says of a source. */
export interface SourceSpec {
  readonly kind: SourceKindName
  readonly options: Readonly<Record<string, unknown>>
}

/** @throws AppError `bad-input` naming the option, its value and what is right */
export async function createSource(spec: SourceSpec, dependencies: SourceDependencies): Promise<Source> {
  const definition: SourceKind | undefined = sources[spec.kind]
  if (!definition) {
    throw new AppError('bad-input', `unknown source '${spec.kind}'; there are: ${SOURCE_KINDS.join(', ')}`)
  }
  const parsed = definition.options.safeParse(spec.options)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!
    const name = issue.path.join('.')
    const value = JSON.stringify(spec.options[name])
    throw new AppError(
      'bad-input',
      `source ${spec.kind}: ${name || 'options'} ${name ? `is ${value}: ` : ''}${issue.message}`,
      {
        facts: { source: spec.kind, option: name },
      },
    )
  }
  return definition.create(parsed.data, dependencies)
}

/** An option that was left out is not there, rather than there and undefined. */
type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> }
function withoutUndefined<T extends object>(options: T): Defined<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Defined<T>
}
