/** Record files of the lake as fastavro reads them, which knows nothing of us. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installFastavro } from '../../bench/baselines/install.ts'
import { mapBounded } from '../../lake/concurrency.ts'
import type { FileStore } from '../../lake/file-store.ts'
import { runCommand } from '../../stack/install/command.ts'
import { silentReporter } from '../../stack/reporter.ts'
import { testSettings } from '../test-settings.ts'

/** Of each record: id, time of the event in ms, text. */
export type Dumped = readonly [id: string, at: number, text: string]

export async function dumpByFastavro(store: FileStore, paths: readonly string[]): Promise<Dumped[]> {
  const { cacheDir, environment } = testSettings()
  const python = await installFastavro({ cacheDir, environment, reporter: silentReporter })
  const folder = await mkdtemp(join(tmpdir(), 'tendance-fastavro-'))
  try {
    const copies = await mapBounded(paths, 8, async (path, i) => {
      const copy = join(folder, `${i}.avro`)
      await writeFile(copy, await store.read(path))
      return copy
    })
    const out = join(folder, 'records.jsonl')
    await runCommand(python, [join(import.meta.dirname, 'fastavro_dump.py'), out, ...copies], { environment })
    const lines = (await readFile(out, 'utf8')).trim().split('\n')
    return lines.map((line) => JSON.parse(line) as Dumped)
  } finally {
    await rm(folder, { recursive: true })
  }
}
