/**
 * Kafka's and HDFS's jars: Maven resolves them from `stack/locks/<name>/pom.xml`, and every one must match
 * `stack/locks/<name>/jars.sha256` (`<sha256>  <file>` a line, as sha256sum prints it): no jar missing, none more.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../model/errors.ts'
import { withProgress } from '../reporter.ts'
import { type InstallContext, installOnce, versionedName } from './cache.ts'
import { runCommand } from './command.ts'
import { LOCKS } from './locks.ts'
import { requireTool } from './tools.ts'

export type JarSet = 'kafka' | 'hdfs'
const VERSIONS = { kafka: '4.3.1', hdfs: '3.5.0' } as const satisfies Record<JarSet, string>

/** Returns the folder that holds the jars, all checked when they were resolved. */
export async function installJars(name: JarSet, context: InstallContext): Promise<string> {
  const { cacheDir, environment, reporter } = context
  const pom = join(LOCKS, name, 'pom.xml')
  const [pomText, lockText] = await Promise.all([
    readFile(pom, 'utf8'),
    readFile(join(LOCKS, name, 'jars.sha256'), 'utf8'),
  ])
  const folderName = versionedName(`${name}-${VERSIONS[name]}`, pomText, lockText)
  return installOnce(cacheDir, folderName, async (folder) => {
    const mvn = requireTool(environment, 'mvn')
    await withProgress(reporter, name, `resolving ${VERSIONS[name]} with Maven`, () =>
      oneMavenAtATime(() =>
        runCommand(mvn, ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-Djars=${folder}`], { environment }),
      ),
    )
    await verifyJars(folder, lockText)
  })
}

/** @throws AppError `corrupt` that lists every jar that is missing, unexpected or different. */
export async function verifyJars(folder: string, lockText: string): Promise<void> {
  const expected = parseJarLock(lockText)
  const files = await readdir(folder)
  const wrong: string[] = []
  for (const file of files) {
    const want = expected.get(file)
    if (want === undefined) wrong.push(`${file} is not in the lock file`)
    else if ((await sha256(join(folder, file))) !== want) wrong.push(`${file} differs from the lock file`)
  }
  for (const file of expected.keys()) if (!files.includes(file)) wrong.push(`${file} was not resolved`)
  if (wrong.length === 0) return
  throw new AppError(
    'corrupt',
    `the resolved jars are not the pinned ones: ${wrong.join('; ')}. Delete these from the local Maven repository and run it again`,
    { facts: { folder, wrong } },
  )
}

/** File name → sha256 in hex. @throws AppError `corrupt` on a line that is not `<sha256>  <file>`. */
export function parseJarLock(text: string): ReadonlyMap<string, string> {
  const lines = text.split('\n').filter((line) => line !== '')
  return new Map(
    lines.map((line) => {
      const match = /^([0-9a-f]{64}) {2}(\S+)$/.exec(line)
      if (match) return [match[2]!, match[1]!] as const
      throw new AppError('corrupt', `jars.sha256 has the line '${line}', which is not '<sha256>  <file>'`)
    }),
  )
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

let lastMaven: Promise<unknown> = Promise.resolve()
/** Two Mavens at once can trip over one local repository; Kafka's and HDFS's jars are resolved one after the other. */
function oneMavenAtATime<T>(work: () => Promise<T>): Promise<T> {
  const run = lastMaven.then(work, work)
  lastMaven = run.catch(() => {})
  return run
}
