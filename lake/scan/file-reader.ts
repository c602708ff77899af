import type { HdfsAccess } from '../webhdfs/access.ts'

/**
 * How a counting thread gets a record file's bytes: whole, into memory that it reuses for the next file.
 *
 * Boundary: the archive's FileStore gives a fresh buffer for each read, which is right for small files; here gigabytes pass,
 * so a reader fills what it is given.
 */
export interface FileReader extends AsyncDisposable {
  /**
   * Reads the file of `bytes` length to the start of `target`, which has room for it.
   * @throws AppError `not-found`, `unavailable`, `denied`; `corrupt` when the file has another length
   */
  readInto(path: string, bytes: number, target: Uint8Array, signal?: AbortSignal): Promise<void>
  /**
   * The same by the way on which the store itself checks what it gives, and gives another replica when one is damaged: for
   * files that turned out to be corrupt. Slower.
   */
  readChecked(path: string, bytes: number, target: Uint8Array, signal?: AbortSignal): Promise<void>
}

/** Where the lake is, in a form that can be posted to a thread: HDFS, or a `url` of `file:///folder`. */
export type LakeAddress = HdfsAccess
