import { readFileSync } from 'node:fs'
import avsc from 'avsc'
import { describe, expect, it } from 'vitest'
import { streams } from '../../../model/streams/index.ts'

describe('the schema of a stream', () => {
  it.each(Object.values(streams))(
    '$name is the same for readers in other languages, in its .avsc',
    ({ name, schema }) => {
      const file = new URL(`../../../model/streams/${name}.avsc`, import.meta.url)
      expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(schema)
    },
  )

  it.each(Object.values(streams))('$name is one that an independent implementation understands', ({ schema }) => {
    expect(avsc.Type.forSchema(structuredClone(schema) as unknown as avsc.Schema).typeName).toBe('record')
  })
})
