/** What Linux's /proc says of processes and of the machine. Times in seconds of CPU, memory in bytes. */
import { readdirSync, readFileSync } from 'node:fs'

/** Linux counts CPU time in hundredths of a second, on every machine this runs on (sysconf(_SC_CLK_TCK)). */
const TICKS_A_SECOND = 100
const PAGE_BYTES = 4_096

export interface ProcessSample {
  readonly pid: number
  readonly parent: number
  readonly cpuSeconds: number
  readonly rssBytes: number
}

/** All processes now; one that ends while it is read is left out. */
export function sampleProcesses(): readonly ProcessSample[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => sampleProcess(Number(name)) ?? [])
}

export function sampleProcess(pid: number): ProcessSample | undefined {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return undefined
  }
  // The command's name may hold spaces and brackets: fields are counted from behind its last bracket.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return {
    pid,
    parent: Number(fields[1]),
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND,
    rssBytes: Number(fields[21]) * PAGE_BYTES,
  }
}

/** The processes of the trees whose roots are given. */
export function treesOf(samples: readonly ProcessSample[], roots: readonly number[]): readonly ProcessSample[] {
  const children = Map.groupBy(samples, (sample) => sample.parent)
  const found: ProcessSample[] = []
  const open = samples.filter((sample) => roots.includes(sample.pid))
  for (let next = open.pop(); next; next = open.pop()) {
    found.push(next)
    open.push(...(children.get(next.pid) ?? []))
  }
  return found
}

/** CPU seconds that the whole machine was busy since it started. */
export function machineBusySeconds(): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softIrq = 0, steal = 0] = readFileSync('/proc/stat', 'utf8')
    .slice(0, 200)
    .split('\n')[0]!
    .split(/\s+/)
    .slice(1)
    .map(Number)
  return (user + nice + system + irq + softIrq + steal) / TICKS_A_SECOND
}
