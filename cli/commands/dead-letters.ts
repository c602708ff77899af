/** `tendance dead-letters list|replay`: the records that could not be understood. */
import type { Command } from '@commander-js/extra-typings'
import { type Cli, EXIT, print, styleFor } from '../cli.ts'
import { examples } from '../examples.ts'
import { wholeNumber } from '../options.ts'
import { count, createProgress } from '../progress.ts'
import { checkZone, parseMoment } from '../when.ts'

const RAW_SHOWN = 120

export function addDeadLetters(program: Command, cli: Cli, exit: (code: number) => void): void {
  const deadLetters = program
    .command('dead-letters')
    .description('records that could not be understood, with their reasons')
  const options = async () => {
    const { silentLogger } = await import('../../model/log.ts')
    return { config: cli.load().config, logger: silentLogger, signal: cli.signal }
  }
  deadLetters
    .command('list', { isDefault: true })
    .description('oldest first')
    .option('--source <text>', 'only of sources whose name contains it')
    .option('--reason <text>', 'only whose reason contains it')
    .option('--since <moment>', 'only found since then')
    .option('--limit <n>', 'at most so many', wholeNumber(1), 1_000)
    .option('--json', 'a JSON object a line, with the whole record')
    .addHelpText(
      'after',
      examples(
        'tendance dead-letters',
        'tendance dead-letters list --source x --since "last monday 0h"',
        'tendance dead-letters list --reason created_at --limit 20 --json',
      ),
    )
    .action(async ({ source, reason, since, limit, json }) => {
      const { listDeadLetters } = await import('../dead-letters.ts')
      const { config } = cli.load()
      const context = { zone: checkZone(config.cli.tz), now: cli.clock() }
      const filter = {
        ...(source === undefined ? {} : { source }),
        ...(reason === undefined ? {} : { reason }),
        ...(since === undefined ? {} : { since: parseMoment(since, context) }),
      }
      const style = styleFor(cli.stdout)
      let shown = 0
      for await (const letter of listDeadLetters(await options(), filter)) {
        if (shown++ === limit) break
        if (json) {
          print(cli, JSON.stringify(letter))
          continue
        }
        const raw = letter.raw.length > RAW_SHOWN ? `${letter.raw.slice(0, RAW_SHOWN)}…` : letter.raw
        print(
          cli,
          `${style('dim', `${letter.offset}  ${letter.at}  ${letter.source} ${JSON.stringify(letter.position)}`)}`,
        )
        print(cli, `  ${style('red', letter.reason)}`)
        print(cli, `  ${style('dim', raw)}`)
      }
      if (shown === 0 && !json) print(cli, 'no dead letters')
      if (shown > limit) cli.stderr.write(`there are more than ${limit}: --limit shows more\n`)
    })
  deadLetters
    .command('replay')
    .description(
      'understand them again with today’s code, and send what is right now; what was replayed is not replayed again',
    )
    .option('--again', 'from the oldest, also those replayed before')
    .option('--json', 'the summary as JSON')
    .addHelpText('after', examples('tendance dead-letters replay', 'tendance dead-letters replay --again --json'))
    .action(async ({ again, json }) => {
      const { replayDeadLetters } = await import('../dead-letters.ts')
      using progress = createProgress(cli)
      const bar = progress.bar('replay')
      const summary = await replayDeadLetters({
        ...(await options()),
        ...(again ? { again } : {}),
        onProgress: (read, posts) => bar.update(read, read + 1, `${count(read)} looked at, ${count(posts)} posts`),
      })
      progress[Symbol.dispose]()
      if (json) return print(cli, JSON.stringify(summary))
      const { read, passed, posts, notices, failed, cut, reasons } = summary
      print(cli, `${count(read)} dead letters looked at: ${count(passed)} are right now and gave ${count(posts)} posts`)
      if (notices > 0) print(cli, `${count(notices)} were notices of a stream`)
      if (cut > 0) print(cli, `${count(cut)} were too long to be kept whole and cannot be replayed`)
      if (failed > 0) print(cli, `${count(failed)} are still wrong:`)
      for (const [reason, times] of Object.entries(reasons)) print(cli, `  ${count(times)} × ${reason}`)
      exit(failed > 0 ? EXIT.unwell : EXIT.done)
    })
  deadLetters
    .command('publish-schema')
    .description('tell every reader a schema that another program writes messages with; then replay takes them')
    .argument('<file>', 'the Avro schema as JSON')
    .addHelpText('after', examples('tendance dead-letters publish-schema shop-posts.avsc'))
    .action(async (file) => {
      const { publishSchemaFile } = await import('../dead-letters.ts')
      const fingerprint = await publishSchemaFile(await options(), file)
      print(
        cli,
        `schema ${fingerprint} is published: 'tendance dead-letters replay --again' takes what was written with it`,
      )
      exit(EXIT.done)
    })
}
