/**
 * Two buffers for a thread: one file is counted while the next is being read.
 *
 * Invariant: bytes given by `take` stay as they are until the next `take`.
 */
import type { FileReader } from './file-reader.ts'
import type { RecordFile } from './messages.ts'

/** Buffers grow in such steps, so that files of about one size share one. */
const STEP_BYTES = 4 * 1024 * 1024

interface Slot {
  buffer: Uint8Array
}

interface Reading {
  readonly path: string
  readonly slot: Slot
  readonly bytes: Promise<Uint8Array>
}

export class ReadAhead {
  readonly #reader: FileReader
  #free: Slot = { buffer: new Uint8Array(0) }
  #taken: Slot = { buffer: new Uint8Array(0) }
  #reading: Reading | undefined

  constructor(reader: FileReader) {
    this.#reader = reader
  }

  /**
   * The file's bytes; what `ahead` was told about is here already, or on its way. `checked`: by the store's own checks,
   * whatever was read ahead.
   */
  async take(file: RecordFile, checked = false): Promise<Uint8Array> {
    let reading = this.#reading
    if (checked || reading?.path !== file.path) {
      // What else was read ahead is not wanted (its unit was cancelled or failed): its buffer is free when that has ended.
      await reading?.bytes.catch(() => {})
      reading = this.#begin(file, checked)
    }
    this.#reading = undefined
    try {
      return await reading.bytes
    } finally {
      this.#free = this.#taken
      this.#taken = reading.slot
    }
  }

  /** Begins to read a file into the other buffer, if nothing is being read. */
  ahead(file: RecordFile | undefined): void {
    if (file && !this.#reading) this.#reading = this.#begin(file)
  }

  #begin(file: RecordFile, checked = false): Reading {
    const slot = this.#free
    if (slot.buffer.length < file.bytes) {
      slot.buffer = new Uint8Array(Math.ceil(file.bytes / STEP_BYTES) * STEP_BYTES)
    }
    const reader = this.#reader
    const reading = checked
      ? reader.readChecked(file.path, file.bytes, slot.buffer)
      : reader.readInto(file.path, file.bytes, slot.buffer)
    const bytes = reading.then(() => slot.buffer.subarray(0, file.bytes))
    bytes.catch(() => {}) // thrown by `take`; a unit that is cancelled never asks
    return { path: file.path, slot, bytes }
  }
}
