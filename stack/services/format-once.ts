/**
 * Formats a data folder once. A mark is written after the format command has succeeded: a format that was killed half-way
 * leaves a folder that looks formatted and cannot be used, so without the mark it is emptied and done again.
 */
import { access, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** `folder` must hold nothing but what `format` makes. */
export async function formatOnce(folder: string, mark: string, format: () => Promise<unknown>): Promise<void> {
  const done = await access(mark).then(
    () => true,
    () => false,
  )
  if (done) return
  await rm(folder, { recursive: true, force: true })
  await mkdir(join(folder, '..'), { recursive: true })
  await format()
  await writeFile(mark, 'this folder is formatted and holds data\n')
}
