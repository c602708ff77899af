/**
 * The name of a schema in a message: CRC-64-AVRO (Rabin) of its parsing canonical form, as the Avro specification defines both
 * ("Parsing Canonical Form for Schemas", "Schema Fingerprints").
 *
 * Invariant: what does not change how bytes are read (docs, defaults, logical types, the order of attributes) does not change
 * the fingerprint.
 */
import { AppError } from '../errors.ts'
import { type AvroSchema, SINGLE_OBJECT_HEADER_BYTES } from './stream.ts'

const PRIMITIVES = new Set(['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'])
const EMPTY = 0xc15d213aa4d7a795n

/** The parsing canonical form: two schemas with the same one read the same bytes the same way. */
export function canonicalForm(schema: AvroSchema): string {
  return formOf(schema, '')
}

/** CRC-64-AVRO of the canonical form, as an unsigned 64-bit number. */
export function fingerprintOf(schema: AvroSchema): bigint {
  return crc64(new TextEncoder().encode(canonicalForm(schema)))
}

/**
 * The 10 bytes that stand before the Avro body of a message: C3 01 and the fingerprint, little-endian ("Single-object
 * encoding"). Compute it once a schema: it costs a millisecond or so.
 */
export function singleObjectHeader(schema: AvroSchema): Buffer {
  const header = Buffer.alloc(SINGLE_OBJECT_HEADER_BYTES)
  header[0] = 0xc3
  header[1] = 0x01
  header.writeBigUInt64LE(fingerprintOf(schema), 2)
  return header
}

/** As file names and messages to people have it: 16 hexadecimal digits. */
export function fingerprintHex(fingerprint: bigint): string {
  return fingerprint.toString(16).padStart(16, '0')
}

/** The fingerprint in the message's header; undefined when it does not begin as a single-object encoding does. */
export function fingerprintIn(message: Uint8Array): string | undefined {
  if (message.length < SINGLE_OBJECT_HEADER_BYTES || message[0] !== 0xc3 || message[1] !== 0x01) return undefined
  return fingerprintHex(Buffer.from(message.buffer, message.byteOffset, message.length).readBigUInt64LE(2))
}

/** Whether the message begins with this header: ten comparisons, since this is asked of every message. */
export function hasHeader(message: Uint8Array, header: Uint8Array): boolean {
  if (message.length < SINGLE_OBJECT_HEADER_BYTES) return false
  for (let i = 0; i < SINGLE_OBJECT_HEADER_BYTES; i++) if (message[i] !== header[i]) return false
  return true
}

function formOf(schema: AvroSchema, namespace: string): string {
  if (typeof schema === 'string') return JSON.stringify(fullName(schema, namespace))
  if (isUnion(schema)) return `[${schema.map((branch) => formOf(branch, namespace)).join(',')}]`
  const { type } = schema
  switch (type) {
    case 'record':
    case 'error': {
      const name = fullName(attribute<string>(schema, 'name'), namespaceOf(schema, namespace))
      const inner = name.includes('.') ? name.slice(0, name.lastIndexOf('.')) : ''
      const fields = attribute<readonly { name: string; type: AvroSchema }[]>(schema, 'fields')
        .map((field) => `{"name":${JSON.stringify(field.name)},"type":${formOf(field.type, inner)}}`)
        .join(',')
      return `{"name":${JSON.stringify(name)},"type":"${type}","fields":[${fields}]}`
    }
    case 'enum': {
      const name = fullName(attribute<string>(schema, 'name'), namespaceOf(schema, namespace))
      const symbols = attribute<readonly string[]>(schema, 'symbols').map((symbol) => JSON.stringify(symbol))
      return `{"name":${JSON.stringify(name)},"type":"enum","symbols":[${symbols.join(',')}]}`
    }
    case 'fixed': {
      const name = fullName(attribute<string>(schema, 'name'), namespaceOf(schema, namespace))
      return `{"name":${JSON.stringify(name)},"type":"fixed","size":${Number(attribute(schema, 'size'))}}`
    }
    case 'array':
      return `{"type":"array","items":${formOf(attribute<AvroSchema>(schema, 'items'), namespace)}}`
    case 'map':
      return `{"type":"map","values":${formOf(attribute<AvroSchema>(schema, 'values'), namespace)}}`
    default:
      return formOf(type, namespace)
  }
}

/** `Array.isArray` does not narrow a readonly array. */
function isUnion(schema: Exclude<AvroSchema, string>): schema is readonly AvroSchema[] {
  return Array.isArray(schema)
}

function attribute<T>(schema: { readonly [attribute: string]: unknown }, name: string): T {
  const value = schema[name]
  if (value === undefined) {
    throw new AppError('bad-input', `an Avro ${String(schema['type'])} without '${name}': ${JSON.stringify(schema)}`)
  }
  return value as T
}

function namespaceOf(schema: { readonly [attribute: string]: unknown }, enclosing: string): string {
  return typeof schema['namespace'] === 'string' ? schema['namespace'] : enclosing
}

function fullName(name: string, namespace: string): string {
  if (PRIMITIVES.has(name) || name.includes('.') || namespace === '') return name
  return `${namespace}.${name}`
}

function crc64(bytes: Uint8Array): bigint {
  let crc = EMPTY
  for (const byte of bytes) crc = (crc >> 8n) ^ TABLE[Number((crc ^ BigInt(byte)) & 0xffn)]!
  return crc
}

const TABLE: readonly bigint[] = Array.from({ length: 256 }, (_, byte) => {
  let crc = BigInt(byte)
  for (let bit = 0; bit < 8; bit++) crc = (crc >> 1n) ^ (crc & 1n ? EMPTY : 0n)
  return crc
})
