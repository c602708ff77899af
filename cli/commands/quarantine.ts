/** `tendance quarantine [list | restore | add | discard | release]` and `tendance accept-loss`: what is wrong with record files. */
import type { Command } from '@commander-js/extra-typings'
import type { Cli } from '../cli.ts'
import { examples } from '../examples.ts'

const FILE = '/tendance/posts/records/2026/11/16/07/0-0000000000000010-0000000000001214.avro'
const FOREIGN = FILE.replace(/([^/]+)$/, '_$1.foreign')
const HIDDEN = FILE.replace(/([^/]+)$/, '_$1.quarantined')

export function addQuarantine(program: Command, cli: Cli, exit: (code: number) => void): void {
  const load = () => import('../quarantine.ts')
  const quarantine = program
    .command('quarantine')
    .description('record files that proved corrupt, vanished, or are of no commit')
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
  quarantine
    .command('discard')
    .description(
      'take what is in the way out of an hour: a file of no commit, one that cannot be mended, a stray directory',
    )
    .argument('<path>', 'as the list or tendance verify shows it')
    .requiredOption('--reason <text>', 'why; it is written down in the lake')
    .addHelpText(
      'after',
      examples(
        `tendance quarantine discard ${FOREIGN} --reason "copied here by mistake"`,
        'tendance quarantine discard /tendance/posts/records/2026/13 --reason "a typing error"',
      ),
    )
    .action(async (path, { reason }) => (await load()).discard(cli, path, reason))
  quarantine
    .command('release')
    .description('put a file of no commit back to the hour in which the log lists it')
    .argument('<path>', 'as the list shows it')
    .addHelpText('after', examples(`tendance quarantine release ${FOREIGN}`))
    .action(async (path) => (await load()).release(cli, path))
  program
    .command('accept-loss')
    .description('go on without a record file or commit entry that is lost: its hour says so for ever')
    .argument('<what>', 'the path of either, as messages and tendance verify name it; or partition/offset of an entry')
    .requiredOption('--reason <text>', 'why; it is shown for as long as the lake is there')
    .addHelpText(
      'after',
      examples(
        `tendance accept-loss ${FILE} --reason "the disks of two DataNodes broke, no snapshot has it"`,
        'tendance accept-loss 0/1214 --reason "the commit entry was deleted by mistake"',
      ),
    )
    .action(async (what, { reason }) => (await load()).acceptLoss(cli, what, reason))
}
