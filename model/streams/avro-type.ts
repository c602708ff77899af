/**
 * An Avro schema as a tree whose names are resolved, so that what reads it need not know namespaces, references or short forms.
 * A record may hold itself: the tree then has a cycle.
 */
import { AppError } from '../errors.ts'
import type { AvroSchema } from './stream.ts'

export type Primitive = 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'bytes' | 'string'

export type AvroType =
  | { readonly kind: Primitive }
  | AvroRecord
  | AvroEnum
  | { readonly kind: 'fixed'; readonly name: string; readonly aliases: readonly string[]; readonly size: number }
  | { readonly kind: 'array' | 'map'; readonly items: AvroType }
  | { readonly kind: 'union'; readonly branches: readonly AvroType[] }

export interface AvroRecord {
  readonly kind: 'record'
  /** Without its namespace, as Avro compares names of two schemas; so are the aliases. */
  readonly name: string
  readonly aliases: readonly string[]
  readonly fields: readonly AvroField[]
}

export interface AvroField {
  readonly name: string
  readonly aliases: readonly string[]
  readonly type: AvroType
  readonly hasDefault: boolean
}

interface AvroEnum {
  readonly kind: 'enum'
  readonly name: string
  readonly aliases: readonly string[]
  readonly symbols: readonly string[]
  readonly hasDefault: boolean
}

const PRIMITIVES: readonly string[] = ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string']

/** @throws AppError `bad-input` when it is no Avro schema */
export function avroTypeOf(schema: unknown): AvroType {
  return typeOf(schema as AvroSchema, '', new Map())
}

function typeOf(schema: AvroSchema, namespace: string, named: Map<string, AvroType>): AvroType {
  if (typeof schema === 'string') {
    if (PRIMITIVES.includes(schema)) return { kind: schema as Primitive }
    const found = named.get(fullName(schema, namespace)) ?? named.get(schema)
    if (!found) throw bad(`the type ${JSON.stringify(schema)}, which it does not define`)
    return found
  }
  if (Array.isArray(schema)) {
    return { kind: 'union', branches: schema.map((branch: AvroSchema) => typeOf(branch, namespace, named)) }
  }
  if (typeof schema !== 'object' || schema === null) throw bad(`${JSON.stringify(schema)} where a type should be`)
  const attributes = schema as { readonly [attribute: string]: unknown }
  const { type } = attributes
  switch (type) {
    case 'record':
    case 'error':
      return recordOf(attributes, namespace, named)
    case 'enum': {
      const symbols = listOf<string>(attributes, 'symbols')
      const common = { kind: 'enum', ...namesOf(attributes), symbols, hasDefault: 'default' in attributes } as const
      named.set(nameIn(attributes, namespace), common)
      return common
    }
    case 'fixed': {
      const size = Number(attributes['size'])
      if (!(Number.isInteger(size) && size >= 0)) throw bad(`a fixed type of ${String(attributes['size'])} bytes`)
      const fixed = { kind: 'fixed', ...namesOf(attributes), size } as const
      named.set(nameIn(attributes, namespace), fixed)
      return fixed
    }
    case 'array':
      return { kind: 'array', items: typeOf(attributes['items'] as AvroSchema, namespace, named) }
    case 'map':
      return { kind: 'map', items: typeOf(attributes['values'] as AvroSchema, namespace, named) }
    default:
      return typeOf(type as AvroSchema, namespace, named)
  }
}

function recordOf(
  attributes: { readonly [attribute: string]: unknown },
  namespace: string,
  named: Map<string, AvroType>,
): AvroRecord {
  const full = nameIn(attributes, namespace)
  const inner = full.includes('.') ? full.slice(0, full.lastIndexOf('.')) : ''
  const fields: AvroField[] = []
  const record: AvroRecord = { kind: 'record', ...namesOf(attributes), fields }
  // before its fields, which may refer to it
  named.set(full, record)
  for (const field of listOf<{ readonly [attribute: string]: unknown }>(attributes, 'fields')) {
    const name = field['name']
    if (typeof name !== 'string') throw bad(`a field without a name in ${record.name}`)
    const aliases = 'aliases' in field ? listOf<string>(field, 'aliases') : []
    const type = typeOf(field['type'] as AvroSchema, inner, named)
    fields.push({ name, aliases, type, hasDefault: 'default' in field })
  }
  return record
}

function namesOf(attributes: { readonly [attribute: string]: unknown }) {
  const aliases = 'aliases' in attributes ? listOf<string>(attributes, 'aliases') : []
  return { name: unqualified(String(attributes['name'])), aliases: aliases.map(unqualified) }
}

function nameIn(attributes: { readonly [attribute: string]: unknown }, namespace: string): string {
  const { name } = attributes
  if (typeof name !== 'string') throw bad(`a ${String(attributes['type'])} without a name`)
  return fullName(name, typeof attributes['namespace'] === 'string' ? attributes['namespace'] : namespace)
}

function fullName(name: string, namespace: string): string {
  return name.includes('.') || namespace === '' ? name : `${namespace}.${name}`
}

function unqualified(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}

function listOf<T>(attributes: { readonly [attribute: string]: unknown }, name: string): readonly T[] {
  const value = attributes[name]
  if (!Array.isArray(value)) throw bad(`a ${String(attributes['type'])} without '${name}'`)
  return value as T[]
}

function bad(what: string): AppError {
  return new AppError('bad-input', `an Avro schema has ${what}`)
}
