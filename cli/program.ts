/** The tree of commands. Each group adds itself; nothing happens before an action runs. */
import { Command } from '@commander-js/extra-typings'
import type { Cli } from './cli.ts'
import { addAdoptTopic } from './commands/adopt-topic.ts'
import { addBackup } from './commands/backup.ts'
import { addBatch } from './commands/batch.ts'
import { addCompact } from './commands/compact.ts'
import { addCompletion } from './commands/completion.ts'
import { addDeadLetters } from './commands/dead-letters.ts'
import { addDecisions } from './commands/decide.ts'
import { addDemo } from './commands/demo.ts'
import { addDoctor } from './commands/doctor.ts'
import { addEditions } from './commands/editions.ts'
import { addExtract } from './commands/extract.ts'
import { addHours } from './commands/hours.ts'
import { addIngest } from './commands/ingest.ts'
import { addQuarantine } from './commands/quarantine.ts'
import { addRuns } from './commands/runs.ts'
import { addSchedule } from './commands/schedule.ts'
import { addStack } from './commands/stack.ts'
import { addTerm } from './commands/term.ts'
import { addTop } from './commands/top.ts'
import { addTopics } from './commands/topics.ts'
import { addTrace } from './commands/trace.ts'
import { addVerify } from './commands/verify.ts'
import { addWeb } from './commands/web.ts'
import { addWork } from './commands/work.ts'
import { addWorkers } from './commands/workers.ts'

export function createProgram(cli: Cli, exit: (code: number) => void): Command {
  const program = new Command('tendance')
    .description('What is trending in a social stream, and how sure that is')
    .configureOutput({
      writeOut: (text) => cli.stdout.write(text),
      writeErr: (text) => cli.stderr.write(text),
    })
    .showHelpAfterError('(tendance --help shows what there is)')
    .exitOverride()
  program.commandsGroup('Asking:')
  addTop(program, cli)
  addTerm(program, cli)
  addHours(program, cli, exit)
  addEditions(program, cli)
  addTrace(program, cli, exit)
  addWeb(program, cli)
  program.commandsGroup('Bringing posts in:')
  addIngest(program, cli)
  addDeadLetters(program, cli, exit)
  addExtract(program, cli)
  program.commandsGroup('Computing:')
  addBatch(program, cli, exit)
  addRuns(program, cli)
  addDecisions(program, cli)
  addSchedule(program, cli)
  addCompact(program, cli, exit)
  addQuarantine(program, cli, exit)
  addTopics(program, cli, exit)
  addVerify(program, cli, exit)
  program.commandsGroup('Running it:')
  addDemo(program, cli)
  addStack(program, cli, exit)
  addWorkers(program, cli, exit)
  addWork(program, cli)
  addDoctor(program, cli, exit)
  addBackup(program, cli)
  addAdoptTopic(program, cli)
  addCompletion(program, cli)
  return program
}
