/** `tendance quarantine [list | restore | add]`: record files that proved corrupt. */
import type { Command } from '@commander-js/extra-typings'
import type { Cli } from '../cli.ts'
import { examples } from '../examples.ts'

const FILE = '/tendance/posts/records/2026/11/16/07/0-0000000000000010-0000000000001214.avro'
const HIDDEN = FILE.replace(/([^/]+)$/, '_$1.quarantined')

export function addQuarantine(program: Command, cli: Cli, exit: (code: number) => void): void {
  const load = () => import('../quarantine.ts')
  const quarantine = program.command('quarantine').description('record files that proved corrupt and were set aside')
  quarantine
    .command('list', { isDefault: true })
    .description('which hours lack which records, and why')
    .option('--json', 'a JSON object a line', false)
    .addHelpText('after', examples('tendance quarantine', 'tendance quarantine list --json'))
    .action(async ({ json }) => exit(await (await load()).showQuarantine(cli, { json })))
  quarantine
    .command('restore')
    .description('put a file back that was mended: its hour is computed again')
    .argument('<path>', 'as the list shows it')
    .option('--force', 'though it does not read well', false)
    .addHelpText('after', examples(`tendance quarantine restore ${HIDDEN}`))
    .action(async (path, { force }) => (await load()).restoreFile(cli, path, { force }))
  quarantine
    .command('add')
    .description('set a file aside by hand: one that HDFS has lost a block of, for example')
    .argument('<path>', 'of a record file')
    .option('--reason <text>', 'why; what reading it says unless given')
    .option('--force', 'though it reads well, or cannot be read at the moment', false)
    .addHelpText('after', examples(`tendance quarantine add ${FILE} --reason "lost with a disk" --force`))
    .action(async (path, { force, reason }) => (await load()).quarantineFile(cli, path, { force, reason }))
}
