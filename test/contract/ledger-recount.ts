/** An independent account of a lake, by fastavro and a script that shares no code with us (fastavro_ledger.py). */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { mapBounded } from '../../lake/concurrency.ts'
import type { FileStore } from '../../lake/file-store.ts'
import type { LakePlace } from '../../lake/listing.ts'
import type { HourId } from '../../model/time.ts'
import { runCommand } from '../../stack/install/command.ts'
import type { HourReport } from '../../views/ask-hours.ts'
import { testSettings } from '../test-settings.ts'

export interface Recounted {
  readonly hour: HourId
  readonly archived: HourReport['archived']
  readonly counted: number
  readonly copies: number
  readonly quarantined: HourReport['quarantined']
}

/** Copies the lake to a folder and has it counted there. */
export async function recountLedger(
  { store, layout }: LakePlace,
  { python, graceMs }: { readonly python: string; readonly graceMs: number },
): Promise<Map<HourId, Recounted>> {
  const folder = await mkdtemp(join(tmpdir(), 'tendance-ledger-'))
  try {
    const root = layout.streamDir('posts')
    const files = [
      ...(await filesBelow(store, layout.recordsDir('posts'))),
      ...(await filesBelow(store, layout.commitsDir('posts'))),
    ]
    await mapBounded(files, 8, async (path) => {
      const copy = join(folder, path.slice(root.length))
      await mkdir(dirname(copy), { recursive: true })
      await writeFile(copy, await store.read(path))
    })
    const script = join(import.meta.dirname, 'fastavro_ledger.py')
    const { environment } = testSettings()
    const { output } = await runCommand(python, [script, folder, String(graceMs)], { environment })
    const lines = output.split('\n').filter((line) => line.startsWith('{'))
    return new Map(lines.map((line) => JSON.parse(line) as Recounted).map((one) => [one.hour, one]))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function filesBelow(store: FileStore, dir: string): Promise<string[]> {
  const found = await mapBounded(await store.list(dir), 8, async ({ name, kind }) =>
    kind === 'directory' ? filesBelow(store, `${dir}/${name}`) : [`${dir}/${name}`],
  )
  return found.flat().filter((path) => /\.(avro|json|quarantined)$/.test(path))
}
