/** What can be installed by name. tctl is among them, and nothing needs it by default. */
import { AppError } from '../../model/errors.ts'
import { SERVICE_NAMES } from '../names.ts'
import type { InstallContext } from './cache.ts'
import { installEmbeddedStore } from './embedded-store.ts'
import { installGoProgram } from './go-programs.ts'
import { installJars } from './jars.ts'
import { installTemporal } from './temporal.ts'

export const INSTALL_TARGETS = [...SERVICE_NAMES, 'tctl'] as const
export type InstallTarget = (typeof INSTALL_TARGETS)[number]

/** Returns the program's path, or the folder of its jars. Quick when it is there already. */
export function install(target: InstallTarget, context: InstallContext): Promise<string> {
  switch (target) {
    case 'temporal':
      return installTemporal(context)
    case 'tctl':
      return installGoProgram(target, context)
    case 'kafka':
    case 'hdfs':
      return installJars(target, context)
    case 'mongodb':
      return installEmbeddedStore(context)
    default:
      throw new AppError('internal', `no such target: ${target satisfies never}`)
  }
}

/** None named means all that the services need. @throws AppError `bad-input` that lists the right names. */
export function parseTargets(names: readonly string[]): readonly InstallTarget[] {
  const wrong = names.find((name) => !(INSTALL_TARGETS as readonly string[]).includes(name))
  if (wrong !== undefined) {
    throw new AppError('bad-input', `nothing to install is named '${wrong}': there are ${INSTALL_TARGETS.join(', ')}`)
  }
  return names.length === 0 ? SERVICE_NAMES : INSTALL_TARGETS.filter((name) => names.includes(name))
}
