/**
 * The few messages of HDFS's data transfer protocol that reading a block needs (Hadoop's datatransfer.proto and hdfs.proto,
 * version 28 of the protocol, unchanged since Hadoop 2), written and read by hand. Pure.
 *
 *   request   version:int16=28  op:byte=81  length:varint OpReadBlock
 *   response  length:varint BlockOpResponse
 *   packet    plen:int32 (4 + checksums + data)  hlen:int16  PacketHeader  checksums  data      … until lastPacketInBlock
 *   answer    length:varint ClientReadStatus                            (the DataNode then keeps the connection open)
 */

const DATA_TRANSFER_VERSION = 28
const OP_READ_BLOCK = 81
const VARINT = 0
const FIXED64 = 1
const BYTES = 2
const FIXED32 = 5

export interface BlockId {
  readonly pool: string
  readonly id: number
  readonly generation: number
  readonly bytes: number
}

/** Asks for the first `length` bytes of the block without checksums: what is read is checked by the Avro and zstd frames. */
export function readBlockRequest(block: BlockId, length: number): Buffer {
  const extendedBlock = message([
    text(1, block.pool),
    number(2, block.id),
    number(3, block.generation),
    number(4, block.bytes),
  ])
  // An empty token: a cluster with security on refuses it, and the caller goes by WebHDFS.
  const token = message([text(1, ''), text(2, ''), text(3, ''), text(4, '')])
  const baseHeader = message([nested(1, extendedBlock), nested(2, token)])
  const clientHeader = message([nested(1, baseHeader), text(2, 'tendance-scan')])
  const op = message([nested(1, clientHeader), number(2, 0), number(3, length), number(4, 0)])
  return Buffer.concat([Buffer.from([0, DATA_TRANSFER_VERSION, OP_READ_BLOCK]), varint(op.length), op])
}

/** ClientReadStatus { status: SUCCESS }. */
export const READ_DONE = Buffer.from([2, 8, 0])

export interface OpenedBlock {
  /** Where the response ends. */
  readonly end: number
  /** Undefined: the DataNode sends. Otherwise why not. */
  readonly refusal: string | undefined
}

/** Reads a BlockOpResponse at `at`; undefined while bytes are missing. */
export function parseOpenResponse(bytes: Buffer, at: number): OpenedBlock | undefined {
  const length = readVarint(bytes, at)
  if (length === undefined || length.end + length.value > bytes.length) return undefined
  const end = length.end + length.value
  const fields = parseFields(bytes.subarray(length.end, end))
  const status = fields.get(1) ?? 0
  return { end, refusal: status === 0 ? undefined : `status ${status} ${String(fields.get(5) ?? '')}`.trim() }
}

export interface PacketHead {
  /** Where the data begins, and how many bytes there are. */
  readonly dataAt: number
  readonly dataLength: number
  readonly last: boolean
}

/** Reads a packet's lengths and header at `at`; undefined while bytes are missing. */
export function parsePacketHead(bytes: Buffer, at: number): PacketHead | undefined {
  if (at + 6 > bytes.length) return undefined
  const payload = bytes.readInt32BE(at) - 4
  const headerEnd = at + 6 + bytes.readInt16BE(at + 4)
  if (headerEnd > bytes.length) return undefined
  const fields = parseFields(bytes.subarray(at + 6, headerEnd))
  const dataLength = Number(fields.get(4) ?? 0)
  return { dataAt: headerEnd + payload - dataLength, dataLength, last: fields.get(3) === 1 }
}

/** Fields by number: varints and fixed32 as numbers, bytes as text; what is repeated keeps its last value. */
function parseFields(bytes: Buffer): Map<number, number | string> {
  const fields = new Map<number, number | string>()
  let at = 0
  while (at < bytes.length) {
    const tag = readVarint(bytes, at)
    if (tag === undefined) break
    const field = tag.value >>> 3
    at = tag.end
    switch (tag.value & 7) {
      case VARINT: {
        const value = readVarint(bytes, at)
        if (value === undefined) return fields
        fields.set(field, value.value)
        at = value.end
        break
      }
      case FIXED64:
        at += 8
        break
      case BYTES: {
        const length = readVarint(bytes, at)
        if (length === undefined) return fields
        at = length.end + length.value
        fields.set(field, bytes.toString('utf8', length.end, at))
        break
      }
      case FIXED32:
        fields.set(field, bytes.readInt32LE(at))
        at += 4
        break
      default:
        return fields
    }
  }
  return fields
}

function readVarint(bytes: Uint8Array, at: number): { readonly value: number; readonly end: number } | undefined {
  let value = 0
  let scale = 1
  for (let i = at; i < bytes.length && i < at + 10; i++) {
    const byte = bytes[i]!
    value += (byte & 127) * scale
    if (byte < 128) return { value, end: i + 1 }
    scale *= 128
  }
  return undefined
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  while (rest > 127) {
    bytes.push((rest % 128) + 128)
    rest = Math.floor(rest / 128)
  }
  bytes.push(rest)
  return Buffer.from(bytes)
}

const message = (fields: readonly Buffer[]) => Buffer.concat(fields)
const number = (field: number, value: number) => Buffer.concat([varint(field * 8 + VARINT), varint(value)])
const nested = (field: number, value: Buffer) => Buffer.concat([varint(field * 8 + BYTES), varint(value.length), value])
const text = (field: number, value: string) => nested(field, Buffer.from(value))
