/**
 * Whether records of one schema can be read as records of another, by the rules of the Avro specification ("Schema Resolution"):
 * fields are matched by name or alias, what the reader does not have is passed over, what the writer does not have takes the reader's
 * default, numbers may become wider.
 *
 * Stricter than the specification in one thing: it lets a union fail when a record comes whose branch the reader lacks; here each
 * branch that the writer can choose must be readable. A schema is then taken or refused as a whole, and no single record surprises.
 */
import { type AvroField, type AvroRecord, type AvroType, avroTypeOf } from './avro-type.ts'
import type { AvroSchema } from './stream.ts'

/** What is wrong, naming the field, in words that go on after "…: "; undefined: every record of `writer` can be read as `reader`. */
export function resolutionProblem(writer: AvroSchema, reader: AvroSchema): string | undefined {
  return problemOf(avroTypeOf(writer), avroTypeOf(reader), '', new Map())
}

/** The writer's field that the reader reads as `field`, by name or by the reader's aliases. */
export function writersFieldOf(writer: AvroRecord, field: AvroField): AvroField | undefined {
  return (
    writer.fields.find(({ name }) => name === field.name) ??
    writer.fields.find(({ name }) => field.aliases.includes(name))
  )
}

const WIDER: Readonly<Record<string, readonly string[]>> = {
  int: ['long', 'float', 'double'],
  long: ['float', 'double'],
  float: ['double'],
  string: ['bytes'],
  bytes: ['string'],
}

/** @param asked pairs that are being looked at: a record that holds itself is asked about once */
function problemOf(
  writer: AvroType,
  reader: AvroType,
  path: string,
  asked: Map<AvroType, Set<AvroType>>,
): string | undefined {
  if (writer.kind === 'union') {
    return firstOf(writer.branches, (branch) => problemOf(branch, reader, path, asked))
  }
  if (reader.kind === 'union') {
    const problems = reader.branches.map((branch) => problemOf(writer, branch, path, asked))
    if (problems.includes(undefined)) return undefined
    // of one record among other branches, what is wrong in it says more than that it does not fit
    const nested = reader.branches.findIndex(({ kind }) => kind === writer.kind)
    return nested >= 0 ? problems[nested] : cannotRead(writer, reader, path)
  }
  if (writer.kind === 'record' && reader.kind === 'record' && isNamed(writer, reader)) {
    const known = asked.get(writer) ?? new Set()
    if (known.has(reader)) return undefined
    asked.set(writer, known.add(reader))
    return firstOf(reader.fields, (field) => {
      const at = path === '' ? field.name : `${path}.${field.name}`
      const theirs = writersFieldOf(writer, field)
      if (theirs) return problemOf(theirs.type, field.type, at, asked)
      return field.hasDefault ? undefined : `field '${at}' is not in it, and has no default`
    })
  }
  if (writer.kind === 'enum' && reader.kind === 'enum' && isNamed(writer, reader)) {
    const unknown = reader.hasDefault ? undefined : writer.symbols.find((symbol) => !reader.symbols.includes(symbol))
    return unknown === undefined ? undefined : `${fieldAt(path)} can be '${unknown}', which is not among the symbols`
  }
  if (writer.kind === 'fixed' && reader.kind === 'fixed' && isNamed(writer, reader) && writer.size === reader.size) {
    return undefined
  }
  if ((writer.kind === 'array' && reader.kind === 'array') || (writer.kind === 'map' && reader.kind === 'map')) {
    return problemOf(writer.items, reader.items, path, asked)
  }
  const isSame = writer.kind === reader.kind && !('name' in writer)
  return isSame || WIDER[writer.kind]?.includes(reader.kind) ? undefined : cannotRead(writer, reader, path)
}

function isNamed(
  writer: { readonly name: string },
  reader: { readonly name: string; readonly aliases: readonly string[] },
) {
  return writer.name === reader.name || reader.aliases.includes(writer.name)
}

function cannotRead(writer: AvroType, reader: AvroType, path: string): string {
  return `${fieldAt(path)} is ${nameOf(writer)}, which cannot be read as ${nameOf(reader)}`
}

function fieldAt(path: string): string {
  return path === '' ? 'the record' : `field '${path}'`
}

function nameOf(type: AvroType): string {
  if (type.kind === 'union') return `one of ${type.branches.map(nameOf).join(', ')}`
  return 'name' in type ? `${type.kind} ${type.name}` : type.kind
}

function firstOf<T>(all: readonly T[], problem: (one: T) => string | undefined): string | undefined {
  for (const one of all) {
    const found = problem(one)
    if (found !== undefined) return found
  }
  return undefined
}
