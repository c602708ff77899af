/** Reads phrases in a machine zone of its own (TZ): contexts and phrases as JSON on standard input, what each gave as JSON out. */
import { text } from 'node:stream/consumers'
import { parseMoment, type WhenContext } from '../../../cli/when.ts'

const { contexts, phrases } = JSON.parse(await text(process.stdin)) as {
  readonly contexts: readonly WhenContext[]
  readonly phrases: readonly string[]
}
const read = (phrase: string, context: WhenContext): number | string => {
  try {
    return parseMoment(phrase, context)
  } catch (error) {
    return (error as Error).message
  }
}
process.stdout.write(JSON.stringify(contexts.map((context) => phrases.map((phrase) => read(phrase, context)))))
