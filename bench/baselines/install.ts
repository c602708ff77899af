/**
 * Python environments of the baselines, made once in the cache: Spark with its Avro reader, and fastavro. Not needed by
 * Tendance itself, so nothing of it is in package.json; what is installed is pinned here.
 */
import { join } from 'node:path'
import { type InstallContext, installOnce, versionedName } from '../../stack/install/cache.ts'
import { runCommand } from '../../stack/install/command.ts'
import { requireTool } from '../../stack/install/tools.ts'
import { withProgress } from '../../stack/reporter.ts'

const SPARK = ['pyspark==4.1.1'] as const
const SPARK_AVRO = { group: 'org.apache.spark', name: 'spark-avro_2.13', version: '4.1.1' } as const
const FASTAVRO = ['fastavro==1.13.1', 'backports.zstd==1.8.0'] as const

export interface Spark {
  readonly python: string
  /** Spark's reader of Avro files. */
  readonly jar: string
}

export async function installSpark(context: InstallContext): Promise<Spark> {
  const { group, name, version } = SPARK_AVRO
  const folder = await installPython(context, 'bench-spark', [...SPARK, version], SPARK, async (making) => {
    const mvn = requireTool(context.environment, 'mvn')
    const copy = ['dependency:copy', `-Dartifact=${group}:${name}:${version}`, `-DoutputDirectory=${making}`]
    await runCommand(mvn, ['-q', '-B', ...copy], { environment: context.environment })
  })
  return { python: join(folder, 'bin', 'python3'), jar: join(folder, `${name}-${version}.jar`) }
}

/** Path of a Python that has fastavro and reads zstd. */
export async function installFastavro(context: InstallContext): Promise<string> {
  return join(await installPython(context, 'bench-fastavro', FASTAVRO, FASTAVRO), 'bin', 'python3')
}

/** A Python environment of its own, in the cache; resolves to its folder. `locks` name it: whatever decides its content. */
export async function installPython(
  context: InstallContext,
  name: string,
  locks: readonly string[],
  packages: readonly string[],
  more: (folder: string) => Promise<void> = async () => {},
): Promise<string> {
  const { cacheDir, environment, reporter } = context
  return installOnce(cacheDir, versionedName(name, ...locks), async (making) => {
    const python = requireTool(environment, 'python3')
    await withProgress(reporter, name, `installing ${packages.join(', ')}`, async () => {
      await runCommand(python, ['-m', 'venv', making], { environment })
      // By module, never by the environment's own scripts: those would name the folder it was made in.
      await runCommand(join(making, 'bin', 'python3'), ['-m', 'pip', 'install', '-q', ...packages], { environment })
      await more(making)
    })
  })
}
