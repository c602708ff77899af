/**
 * Where the next `#` (or full-width ＃) is. Most texts have none: one search over a whole block steps over all of them at
 * the speed of memchr, while the walk goes from record to record.
 */

const HASH = 0x23
const FULL_WIDTH = Buffer.of(0xef, 0xbc, 0x83)

export class SignCursor {
  private bytes: Buffer = Buffer.alloc(0)
  private hash = 0
  private wide = 0
  private readonly fullWidth: boolean

  /** `fullWidth`: whether ＃ is a sign too. */
  constructor(fullWidth: boolean) {
    this.fullWidth = fullWidth
  }

  /** Starts on other bytes, or on the same buffer with other content. */
  begin(bytes: Buffer): void {
    this.bytes = bytes
    this.hash = -1
    this.wide = this.fullWidth ? -1 : bytes.length
  }

  /** First position of a sign at or after `from`, which never goes back; the length of the bytes when there is none. */
  next(from: number): number {
    if (this.hash < from) this.hash = found(this.bytes.indexOf(HASH, from), this.bytes)
    if (this.wide < from) this.wide = found(this.bytes.indexOf(FULL_WIDTH, from), this.bytes)
    return this.hash < this.wide ? this.hash : this.wide
  }
}

function found(index: number, bytes: Buffer): number {
  return index < 0 ? bytes.length : index
}
