/**
 * The port to whatever keeps the lake's files: HDFS over WebHDFS, or a local folder. One contract suite runs over both.
 *
 * The two promises that exactly-once stands on: `renameNoClobber` is atomic and never replaces (of two writers one wins),
 * and after `create` resolved the file has all its bytes. A `create` that was cut off can leave a shorter file under the
 * temporary name, so a writer uses a fresh name for each try and asks `stat` for the length before it renames.
 */
export interface FileStore extends AsyncDisposable {
  /** For messages: `http://127.0.0.1:9870/webhdfs/v1` or a folder. */
  readonly address: string
  /** Writes a new file, with its parent directories. @throws AppError `exists` */
  create(path: string, chunks: readonly Uint8Array[], signal?: AbortSignal): Promise<void>
  /** Reads [offset, offset+length) or the whole file. @throws AppError `not-found` */
  read(
    path: string,
    range?: { readonly offset: number; readonly length: number },
    signal?: AbortSignal,
  ): Promise<Buffer>
  /** undefined when there is nothing. */
  stat(path: string): Promise<FileInfo | undefined>
  /**
   * Entries of a directory by name in byte order; empty when there is no such directory. `after`: only names that sort behind it.
   * The order is promised for ASCII names, as all of ours are: HDFS compares signed bytes.
   */
  list(dir: string, options?: { readonly after?: string }): Promise<readonly FileInfo[]>
  makeDirs(dir: string): Promise<void>
  /** A file or a directory. Atomic; the target's directory must exist. @throws AppError `exists` when the target is there, `not-found` when the source is not */
  renameNoClobber(from: string, to: string): Promise<void>
  /** Atomic; replaces a file at the target. */
  renameReplace(from: string, to: string): Promise<void>
  /** Resolves to whether there was something to delete. */
  delete(path: string, options?: { readonly recursive?: boolean }): Promise<boolean>
}

export interface FileInfo {
  /** The last part of the path. */
  readonly name: string
  readonly kind: 'file' | 'directory'
  readonly bytes: number
  /** Milliseconds since 1970 UTC, as the store says. */
  readonly modifiedAt: number
}
