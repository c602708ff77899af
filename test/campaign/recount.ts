/** What Kafka and the lake hold, read by librdkafka and by fastavro over WebHDFS: programs that share no code with ours. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Config } from '../../app/config.ts'
import { installPython } from '../../bench/baselines/install.ts'
import { runCommand } from '../../stack/install/command.ts'
import { silentReporter } from '../../stack/reporter.ts'
import { testSettings } from '../test-settings.ts'

/** librdkafka comes inside the wheel of confluent-kafka. */
const PACKAGES = ['fastavro==1.13.1', 'backports.zstd==1.8.0', 'confluent-kafka==2.16.1'] as const

/** `at`: time of the message, ms. */
export type InKafka = readonly [partition: number, offset: number, id: string, at: number]
/** `hour`: its directory, `2026/11/16/07`; `at`: event time as the record says it, ms. */
export type InLake = readonly [hour: string, file: string, id: string, at: number]

/** Every record that a reader of committed transactions gets. */
export function readKafka({ kafka }: Config, topic: string): Promise<readonly InKafka[]> {
  return recount<InKafka>(['kafka', kafka.brokers.join(','), topic])
}

/** Every record of every `.avro` file below the directory. */
export function readLakeFiles({ lake }: Config, recordsDir: string): Promise<readonly InLake[]> {
  return recount<InLake>(['lake', lake.url, lake.user, recordsDir])
}

async function recount<T>(args: readonly string[]): Promise<readonly T[]> {
  const { cacheDir, environment } = testSettings()
  const context = { cacheDir, environment, reporter: silentReporter }
  const python = join(await installPython(context, 'campaign-recount', PACKAGES, PACKAGES), 'bin', 'python3')
  const folder = await mkdtemp(join(tmpdir(), 'tendance-recount-'))
  try {
    const out = join(folder, 'out.jsonl')
    await runCommand(python, [join(import.meta.dirname, 'recount.py'), ...args, out], { environment })
    const lines = (await readFile(out, 'utf8')).split('\n')
    return lines.filter(Boolean).map((line) => JSON.parse(line) as T)
  } finally {
    await rm(folder, { recursive: true })
  }
}
