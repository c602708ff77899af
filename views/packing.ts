/**
 * Documents at rest. A tally's columns are three strings, so that a document has a dozen values instead of three thousand:
 *
 *   keys    one key a line
 *   shown   one spelling a line, empty where it equals the key
 *   counts  separated by spaces
 *
 * Measured on 168 tallies of 1,000 terms: found and decoded in 30-80 ms, as arrays 220-350 ms (docs/adr, "Views at rest").
 *
 * Invariant: no key or spelling holds a line feed or is empty; both directions check it and the lengths.
 */
import { AppError, assert } from '../model/errors.ts'
import { cutToBytes, type TallyColumns } from '../model/tally.ts'

/**
 * A tally at rest takes at most so many bytes; a document of MongoDB can have 16 MB. A thousand terms of 128 letters take a
 * quarter of a megabyte: only keys that normalization made long come near.
 */
const TALLY_BYTES_MAX = 4 * 1024 * 1024

/** Grows when documents at rest change their meaning. */
export const FORM = 1

export interface PackedColumns {
  readonly keys: string
  readonly shown: string
  readonly counts: string
}

export type Packed<Document extends TallyColumns> = Omit<Document, keyof PackedColumns> &
  PackedColumns & { readonly form: number }

/** A tally too large for a document is cut off by rank, and its floor raised (`cutToBytes`). */
export function pack<Document extends TallyColumns>(whole: Document, bytesMax = TALLY_BYTES_MAX): Packed<Document> {
  const document = cutToBytes(whole, bytesMax)
  const { keys, shown, counts } = document
  assert(keys.length === shown.length && keys.length === counts.length, 'columns of a tally have one length')
  const spellings = shown.map((spelling, i) => (spelling === keys[i] ? '' : spelling))
  const packed = { keys: keys.join('\n'), shown: spellings.join('\n'), counts: Array.from(counts).join(' ') }
  assert(
    keys.every((key) => key !== '') && holdsLines(packed.keys, keys.length) && holdsLines(packed.shown, keys.length),
    'no term is empty or holds a line feed',
  )
  return { ...document, ...packed, form: FORM }
}

/** @throws AppError `corrupt` when the document was written in another form, or its columns do not fit. */
export function unpack<Document extends TallyColumns>(packed: Packed<Document>): Document {
  checkForm(packed)
  const { form: _, keys: packedKeys, shown: packedShown, counts: packedCounts, ...document } = packed
  const keys = packedKeys === '' ? [] : packedKeys.split('\n')
  const counts = parseCounts(packedCounts, keys.length)
  if (counts === undefined || !holdsLines(packedShown, keys.length)) {
    throw new AppError(
      'corrupt',
      `views: document ${idOf(packed)} has ${keys.length} keys, but not as many spellings and counts. ` +
        `Delete it: batch computes it again`,
      { facts: { id: idOf(packed) } },
    )
  }
  // Of a range of hours a few spellings are shown of hundreds of thousands: they are split when somebody looks.
  let shown: readonly string[] | undefined
  return Object.defineProperty({ ...document, keys, counts }, 'shown', {
    enumerable: true,
    get: () => {
      shown ??= keys.length === 0 ? [] : packedShown.split('\n').map((spelling, i) => spelling || keys[i]!)
      return shown
    },
  }) as unknown as Document
}

/** Digits separated by single spaces; undefined when they are not `length` numbers. */
function parseCounts(text: string, length: number): number[] | undefined {
  const counts: number[] = []
  let count = 0
  for (let at = 0; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 48
    if (digit >= 0 && digit <= 9) count = 10 * count + digit
    else if (digit === -16 && count > 0) {
      counts.push(count)
      count = 0
    } else return undefined
  }
  if (count > 0) counts.push(count)
  return counts.length === length ? counts : undefined
}

/** What is written in other words is refused, not guessed at. */
export function checkForm(document: object): void {
  const form = 'form' in document ? document.form : undefined
  if (form !== FORM) {
    throw new AppError(
      'corrupt',
      `views: document ${idOf(document)} has form ${String(form)}, this version of Tendance reads form ${FORM}. ` +
        `Use the version that wrote it, or another database (mongo.database) and 'tendance rebuild'`,
      { facts: { id: idOf(document), form } },
    )
  }
}

function idOf(document: object): string {
  return '_id' in document ? String(document._id) : 'without an _id'
}

/** Of one spelling that equals its key there is an empty text: one line all the same. */
function holdsLines(text: string, lines: number): boolean {
  let feeds = 0
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) feeds++
  return feeds === Math.max(0, lines - 1)
}
