import { PassThrough, Readable, Writable } from 'node:stream'
import { text as readAll } from 'node:stream/consumers'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { extractLines } from '../../cli/extract.ts'
import { extractorNamed } from '../../model/terms/index.ts'

describe('tendance extract', () => {
  test('prints one JSON array of terms a line, as written, without their sign', async () => {
    const { printed, texts } = await run(['no terms\n#Tea and #été\r\n\n#東京 #1 ＃広い'], 'hashtags@2')
    expect(printed).toBe('[]\n["Tea","été"]\n[]\n["東京","広い"]\n')
    expect(texts).toBe(4)
    expect((await run(['#été\n'], 'hashtags@1')).printed).toBe('[]\n')
  })

  test('does not care how the input is cut into chunks', async () => {
    const whole = Buffer.from('#日本 and 😀#été\n#a\r\n\n#last #語')
    const expected = (await run([whole], 'hashtags@2')).printed
    const cuts = fc.array(fc.nat(whole.length), { maxLength: 8 }).map((each) => each.sort((a, b) => a - b))
    await fc.assert(
      fc.asyncProperty(cuts, async (places) => {
        const bounds = [0, ...places, whole.length]
        const chunks = bounds.slice(1).map((end, index) => whole.subarray(bounds[index], end))
        expect((await run(chunks, 'hashtags@2')).printed).toBe(expected)
      }),
    )
  })

  test('reads no further than the output takes', async () => {
    const lines = Array.from({ length: 500 }, (_, n) => `#t${n}\n`)
    let taken = 0
    let pulled = 0
    const input = Readable.from(
      (function* () {
        for (const line of lines) {
          pulled++
          // Of what was pulled, all but a few buffered chunks has been taken.
          expect(pulled - taken).toBeLessThan(100)
          yield line
        }
      })(),
    )
    const output = new Writable({
      highWaterMark: 1,
      write(_chunk, _encoding, done) {
        taken++
        setImmediate(done)
      },
    })
    expect(await extractLines(input, output, 'hashtags@2')).toBe(500)
  })

  test('ends in peace when the reader of the output goes away', async () => {
    const output = new Writable({
      highWaterMark: 1,
      write(_chunk, _encoding, done) {
        done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
      },
    })
    await expect(extractLines(Readable.from(['#a\n', '#b\n']), output, 'hashtags@2')).resolves.toBeGreaterThan(0)
  })

  test('an unknown extractor is refused before anything is read', async () => {
    const input = Readable.from(['#a\n'])
    await expect(extractLines(input, new PassThrough(), 'hashtag')).rejects.toThrow(
      "there is no extractor 'hashtag'; there are hashtags@1, hashtags@2",
    )
    expect(input.readableDidRead).toBe(false)
  })

  test('agrees with the extractor', async () => {
    const texts = ['#a', 'b #c', '#d#e', '']
    const { printed } = await run([texts.join('\n'), '\n'], 'hashtags@2')
    expect(
      printed
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(texts.map(extractorNamed('hashtags@2').extract))
  })
})

async function run(chunks: readonly (string | Buffer)[], extractorName: string) {
  const output = new PassThrough()
  const printed = readAll(output)
  const texts = await extractLines(Readable.from(chunks, { objectMode: true }), output, extractorName)
  output.end()
  return { texts, printed: await printed }
}
