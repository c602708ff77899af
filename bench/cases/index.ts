/** The registry of benches: a new one is a file beside this and a line here. */
import { archive } from './archive.ts'
import type { BenchCase } from './bench-case.ts'
import { ingest } from './ingest.ts'
import { live } from './live.ts'
import { manyHours } from './many-hours.ts'
import { page } from './page.ts'
import { pipeline } from './pipeline.ts'
import { rebuild } from './rebuild.ts'
import { rebuildGrowth } from './rebuild-growth.ts'
import { recomputeHour } from './recompute-hour.ts'
import { scan } from './scan.ts'
import { speed } from './speed.ts'
import { topHour, topRange } from './top.ts'
import { verify } from './verify.ts'
import { web } from './web.ts'

export const cases = [
  rebuild,
  rebuildGrowth,
  scan,
  ingest,
  archive,
  speed,
  pipeline,
  recomputeHour,
  manyHours,
  topHour,
  topRange,
  web,
  page,
  live,
  verify,
] as const satisfies readonly BenchCase[]
