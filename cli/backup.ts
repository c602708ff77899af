/** `tendance export-editions` and `import-editions`: what MongoDB alone knows, as JSON lines. docs/backup.md walks through losing each store. */
import { readFile, rename, writeFile } from 'node:fs/promises'
import { z } from 'zod'
import { AppError, messageOf } from '../model/errors.ts'
import type { KeptDocument } from '../views/backup.ts'
import { openViews } from '../views/views.ts'
import { type Cli, print } from './cli.ts'

const HEADER = { tendance: 'editions', version: 1 } as const
const headerLine = z.object({ tendance: z.literal('editions'), version: z.literal(1), documents: z.number().int() })
const documentLine = z.object({
  collection: z.enum(['editions', 'live']),
  document: z.object({ _id: z.string(), form: z.number() }).loose(),
})

/** @param out a file, written whole or not at all; without it, standard output */
export async function exportEditions(cli: Cli, out?: string): Promise<void> {
  await using views = await openViews({ ...cli.load().config.mongo, appName: 'tendance export' })
  const kept = await views.backup.read()
  const header = { ...HEADER, documents: kept.length, at: new Date(cli.clock()).toISOString() }
  const lines = [header, ...kept].map((line) => JSON.stringify(line)).join('\n')
  if (out === undefined) return print(cli, lines)
  await writeFile(`${out}.part`, `${lines}\n`)
  await rename(`${out}.part`, out)
  const editions = kept.filter(({ collection }) => collection === 'editions').length
  print(cli, `${editions} editions and ${kept.length - editions} live pointers are in ${out}`)
}

/** @throws AppError `bad-input` for a file that is not whole, `conflict` when other editions are there */
export async function importEditions(
  cli: Cli,
  file: string,
  { replace }: { readonly replace: boolean },
): Promise<void> {
  const documents = await readExport(file)
  await using views = await openViews({ ...cli.load().config.mongo, appName: 'tendance import' })
  await views.ensureIndexes()
  const { written, same } = await views.backup.write(documents, replace)
  print(cli, `${written} documents imported, ${same} were there already`)
  if (written === 0) return
  print(cli, "restart the workers, then 'tendance hourly' computes the views from the lake")
}

async function readExport(file: string): Promise<readonly KeptDocument[]> {
  const refuse = (why: string, cause?: unknown): never => {
    throw new AppError('bad-input', `${file} ${why}`, { cause, facts: { file } })
  }
  const text = await readFile(file, 'utf8').catch((error: unknown) =>
    refuse(`cannot be read: ${messageOf(error)}`, error),
  )
  const parsed = text
    .split('\n')
    .filter(Boolean)
    .map((line, at) => {
      try {
        return (at === 0 ? headerLine : documentLine).parse(JSON.parse(line))
      } catch (error) {
        return refuse(`is no export of editions: line ${at + 1} cannot be understood`, error)
      }
    })
  const [header, ...documents] = parsed
  const promised = header && 'documents' in header ? header.documents : 0
  if (promised !== documents.length) refuse(`is cut off: it has ${documents.length} of ${promised} documents`)
  return documents as readonly KeptDocument[]
}
