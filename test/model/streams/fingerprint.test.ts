import avsc from 'avsc'
import { describe, expect, it } from 'vitest'
import { canonicalForm, fingerprintOf, hasHeader, singleObjectHeader } from '../../../model/streams/fingerprint.ts'
import { posts } from '../../../model/streams/posts.ts'
import type { AvroSchema } from '../../../model/streams/stream.ts'

describe('the fingerprint of a schema', () => {
  // published values: Avro's share/test/data/schema-tests.txt, as signed 64-bit numbers
  it.each([
    ['null', 7195948357588979594n],
    ['boolean', -6970731678124411036n],
    ['int', 8247732601305521295n],
    ['long', -3434872931120570953n],
    ['float', 5583340709985441680n],
    ['double', -8181574048448539266n],
    ['bytes', 5746618253357095269n],
    ['string', -8142146995180207161n],
  ])('of "%s" is the published one', (schema, expected) => {
    expect(BigInt.asIntN(64, fingerprintOf(schema))).toBe(expected)
  })

  it('stays the same when only what does not matter to a reader changes', () => {
    const spelled: AvroSchema = {
      fields: [
        { type: { type: 'long', logicalType: 'timestamp-millis' }, name: 'at', doc: 'when', default: 0 },
        { name: 'next', type: ['null', 'a.b.Node'], default: null },
      ],
      name: 'Node',
      namespace: 'a.b',
      doc: 'a node',
      aliases: ['Old'],
      type: 'record',
    }
    const bare: AvroSchema = {
      type: 'record',
      name: 'a.b.Node',
      fields: [
        { name: 'at', type: 'long' },
        { name: 'next', type: ['null', 'Node'] },
      ],
    }
    expect(canonicalForm(spelled)).toBe(
      '{"name":"a.b.Node","type":"record","fields":[{"name":"at","type":"long"},{"name":"next","type":["null","a.b.Node"]}]}',
    )
    expect(fingerprintOf(spelled)).toBe(fingerprintOf(bare))
  })

  it('changes when a field is renamed', () => {
    const schema = (field: string): AvroSchema => ({
      type: 'record',
      name: 'R',
      fields: [{ name: field, type: 'int' }],
    })
    expect(fingerprintOf(schema('a'))).not.toBe(fingerprintOf(schema('b')))
  })

  it('is made from the same canonical form that avsc finds for posts', () => {
    const independent = avsc.Type.forSchema(posts.schema as unknown as avsc.Schema).schema()
    expect(JSON.parse(canonicalForm(posts.schema))).toEqual(independent)
  })
})

describe('the single-object header', () => {
  it('is C3 01 and the fingerprint, little-endian', () => {
    expect(singleObjectHeader('int').toString('hex')).toBe('c3018f5c393f1ad57572')
  })

  it('is recognised at the head of a message, and its absence too', () => {
    const header = singleObjectHeader(posts.schema)
    const message = Buffer.concat([header, Buffer.from('body')])
    expect(hasHeader(message, header)).toBe(true)
    expect(hasHeader(message.subarray(0, 9), header)).toBe(false)
    message[9]! ^= 1
    expect(hasHeader(message, header)).toBe(false)
  })
})
