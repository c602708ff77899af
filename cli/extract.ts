/**
 * `tendance extract --extractor hashtags@2`: one text a line in, one JSON array of its terms a line out (as written, without
 * their sign). Lines end with LF or CRLF; the last one may lack its end; an empty line is a text without terms.
 */
import type { Readable, Writable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { extractorNamed } from '../model/terms/index.ts'

/**
 * Reads `input` to its end and writes a line for each line, no faster than `output` takes them. Ends early, and in peace,
 * when whoever reads the output has enough (`| head`). Leaves `output` open.
 *
 * @returns the number of texts read.
 * @throws AppError `bad-input` when there is no such extractor; what the streams fail with.
 */
export async function extractLines(input: Readable, output: Writable, extractorName: string): Promise<number> {
  const { extract } = extractorNamed(extractorName)
  let texts = 0
  // A write's failure reaches its callback; without a listener the stream would end the process with it as well, and a
  // little later: after a failure the listener stays.
  const ignore = () => {}
  output.on('error', ignore)
  try {
    for await (const lines of readLines(input)) {
      texts += lines.length
      // One write a chunk of input: a write a line costs more than the extraction.
      await write(output, lines.map((line) => `${JSON.stringify(extract(line))}\n`).join(''))
    }
    output.off('error', ignore)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error
  }
  return texts
}

/** Settles when the output has taken the text, or failed to. */
function write(output: Writable, text: string): Promise<void> {
  return new Promise((resolve, reject) => output.write(text, (error) => (error ? reject(error) : resolve())))
}

/** The lines that each chunk of input completes. */
async function* readLines(input: Readable): AsyncGenerator<readonly string[]> {
  const decoder = new StringDecoder('utf8')
  let unfinished: string[] = []
  for await (const chunk of input) {
    const text = typeof chunk === 'string' ? chunk : decoder.write(chunk)
    const end = text.lastIndexOf('\n')
    if (end < 0) {
      unfinished.push(text)
      continue
    }
    unfinished.push(text.slice(0, end))
    yield splitLines(unfinished.join(''))
    unfinished = [text.slice(end + 1)]
  }
  const last = unfinished.join('') + decoder.end()
  if (last !== '') yield splitLines(last)
}

function splitLines(text: string): string[] {
  return text.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line))
}
