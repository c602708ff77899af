/**
 * The import table: imports point one way, model ← kafka, lake, views, speed, ingest ← activities ← workers, cli, web. The rooms
 * in the middle do not know one another; workflows see activities as types; only workers, cli and web wire rooms together.
 */
import { type Import, importsOf, isTypeScript, roomOf, type SourceFile } from './source-file.ts'

interface Allowed {
  /** Rooms, or single files without `.ts`. A room may always import itself. */
  readonly values: readonly string[]
  /** What may be imported with `import type` only. */
  readonly types?: readonly string[]
}

const MIDDLE = ['kafka', 'lake', 'views', 'speed', 'ingest'] as const
const ALL_ROOMS = [
  'model',
  'net',
  'app',
  'temporal',
  ...MIDDLE,
  'activities',
  'workflows',
  'stack',
  'workers',
  'cli',
  'web',
] as const
const allBut = (...rooms: readonly string[]) => ALL_ROOMS.filter((room) => !rooms.includes(room))

export const IMPORT_TABLE: Readonly<Record<string, Allowed>> = {
  model: { values: [] },
  app: { values: ['model'] },
  temporal: { values: ['model'], types: ['app', 'workflows'] },
  net: { values: ['model'] },
  kafka: { values: ['model', 'net'], types: ['app'] },
  lake: { values: ['model'], types: ['app'] },
  views: { values: ['model'], types: ['app'] },
  ingest: { values: ['model', 'kafka'], types: ['app'] },
  speed: { values: ['model', 'kafka'], types: ['app'] },
  activities: { values: ['model', 'temporal', ...MIDDLE], types: ['app'] },
  workflows: { values: ['model', 'temporal/names'], types: ['activities'] },
  stack: { values: ['model', 'app', 'temporal'] },
  workers: { values: allBut('cli', 'web') },
  cli: { values: allBut() },
  web: { values: allBut('cli') },
  bench: { values: allBut() },
  test: { values: [...allBut(), 'bench'] },
}

/** Packages that are kept behind one room, so that they can be exchanged there. */
const PACKAGE_ROOMS: Readonly<Record<string, readonly string[]>> = {
  kafkajs: ['kafka', 'test', 'bench'],
  '@platformatic/kafka': ['kafka', 'test', 'bench'],
  // workers and cli make the client and hand it over; the stack asks its own server whether it is ready.
  mongodb: ['views', 'stack', 'workers', 'cli', 'web', 'test', 'bench'],
  pino: ['app'],
  '@temporalio/workflow': ['workflows', 'test'],
}

/** Rooms that run inside a workflow: no package but these, nothing of Node. */
const PACKAGES_IN_WORKFLOWS: Readonly<Record<string, readonly string[]>> = {
  model: [],
  workflows: ['@temporalio/workflow', '@temporalio/common'],
}

export function findBadImports(file: SourceFile): readonly string[] {
  if (!isTypeScript(file)) return []
  return importsOf(file).flatMap((imported) => {
    const isPage = file.path.startsWith(PAGE)
    const why = isPage ? badInPage(imported) : imported.isOurs ? badRoom(file, imported) : badPackage(file, imported)
    return why === undefined ? [] : [`${file.path} imports ${imported.target}: ${why}`]
  })
}

/** What runs in browsers: of ours only what is pure, and the contract's types (its values bring zod along); of packages only these. */
const PAGE = 'web/page/'
const PAGE_PACKAGES = ['preact', 'preact/hooks', 'preact-render-to-string', 'd3-shape']

function badInPage({ target, isOurs, isTypeOnly }: Import): string | undefined {
  if (!isOurs) return PAGE_PACKAGES.includes(target) ? undefined : `the page may use only ${PAGE_PACKAGES.join(', ')}`
  if (target.startsWith(PAGE) || target.startsWith('model/')) return undefined
  if (target.startsWith('web/contract/') && isTypeOnly) return undefined
  return "the page may import only itself, model/ and types of web/contract/: write 'import type', or ask the API"
}

function badRoom(file: SourceFile, { target, isTypeOnly }: Import): string | undefined {
  const room = roomOf(file.path)
  const other = roomOf(target)
  if (room === file.path || other === target || room === other) return undefined
  const allowed = IMPORT_TABLE[room]
  if (allowed === undefined)
    return `${room}/ is not in the import table (test/tidy/import-rules.ts); give it a line there`
  const matches = (entry: string) => entry === other || target === `${entry}.ts`
  if (allowed.values.some(matches)) return undefined
  if (allowed.types?.some(matches)) {
    return isTypeOnly
      ? undefined
      : `${room}/ may know ${other}/ as types only: write 'import type', or take the value as an argument`
  }
  return `${room}/ may import only ${[...allowed.values, ...(allowed.types ?? []).map((type) => `types of ${type}`)].join(', ') || 'itself'}: take what it needs as an argument, and wire it in workers/ or cli/`
}

function badPackage(file: SourceFile, { target, isTypeOnly }: Import): string | undefined {
  const room = roomOf(file.path)
  const inWorkflow = PACKAGES_IN_WORKFLOWS[room]
  if (inWorkflow !== undefined && !inWorkflow.includes(target) && !isTypeOnly) {
    return `${room}/ runs inside workflows, without Node and packages: take it as an argument, or do it in an activity`
  }
  const rooms = PACKAGE_ROOMS[target]
  if (rooms !== undefined && !rooms.includes(room)) {
    return `only ${rooms.join(', ')} may use ${target}: call ${rooms[0]}/ instead`
  }
  return undefined
}
