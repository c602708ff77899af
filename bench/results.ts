/** Results of benches: one JSON file a run, and the table in docs/performance.md, made from the latest of each bench. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import type { BenchCase, Plan } from './cases/bench-case.ts'
import type { ContenderRuns } from './machine/rounds.ts'

const ROOT = join(import.meta.dirname, '..')
const RESULTS = join(ROOT, 'bench', 'results')
const DOCUMENT = join(ROOT, 'docs', 'performance.md')
const BEGIN = '<!-- bench: made by npm run bench, do not edit -->'
const END = '<!-- end of bench -->'

export interface BenchResult {
  readonly name: string
  readonly about: string
  readonly target: string
  /** ISO 8601, UTC. */
  readonly at: string
  readonly machine: { readonly cores: number; readonly model: string; readonly memoryGb: number; readonly node: string }
  readonly facts: Plan['facts']
  /** Names of what the contenders say of themselves, to be shown. */
  readonly figures?: readonly string[]
  readonly contenders: readonly ContenderRuns[]
  readonly ratios: readonly { readonly of: string; readonly to: string; readonly times: number }[]
}

export function resultOf(one: BenchCase, plan: Plan, contenders: readonly ContenderRuns[], at: Date): BenchResult {
  const secondsOf = (name: string) =>
    contenders.find((contender) => contender.name === name)?.best.seconds ?? Number.NaN
  return {
    name: one.name,
    about: one.about,
    target: one.target,
    at: at.toISOString(),
    machine: {
      cores: cpus().length,
      model: cpus()[0]?.model.trim() ?? 'unknown',
      memoryGb: Math.round(totalmem() / 2 ** 30),
      node: process.version,
    },
    facts: plan.facts,
    ...(one.figures && { figures: one.figures }),
    contenders,
    ratios: plan.ratios.map(({ of, to }) => ({
      of,
      to,
      times: Math.round((secondsOf(to) / secondsOf(of)) * 100) / 100,
    })),
  }
}

/** Writes `bench/results/<date>-<name>.json` and renews the document. Resolves to the file's path. */
export function saveResult(result: BenchResult): string {
  mkdirSync(RESULTS, { recursive: true })
  const path = join(RESULTS, `${result.at.slice(0, 10)}-${result.name}.json`)
  writeFileSync(path, `${JSON.stringify(result, undefined, 1)}\n`)
  renewDocument()
  return path
}

function renewDocument(): void {
  const text = readFileSync(DOCUMENT, 'utf8')
  const begin = text.indexOf(BEGIN)
  const end = text.indexOf(END)
  const tables = latestResults().map(tableOf).join('\n\n')
  writeFileSync(DOCUMENT, `${text.slice(0, begin + BEGIN.length)}\n\n${tables}\n\n${text.slice(end)}`)
}

function latestResults(): readonly BenchResult[] {
  const files = readdirSync(RESULTS)
    .filter((name) => name.endsWith('.json'))
    .sort()
  const results = files.map((name) => JSON.parse(readFileSync(join(RESULTS, name), 'utf8')) as BenchResult)
  return [...new Map(results.map((result) => [result.name, result])).values()]
}

/** For the terminal and for Markdown alike. */
export function tableOf(result: BenchResult): string {
  const { machine, facts } = result
  const shape = Object.entries(facts).map(([name, value]) => `${name} ${value.toLocaleString('en-GB')}`)
  const rows = result.contenders.map(({ name, best, runs }) =>
    [
      name,
      best.seconds.toFixed(3),
      runs.map((run) => run.seconds.toFixed(3)).join(', '),
      best.wallSeconds.toFixed(2),
      best.cpuSeconds.toFixed(1),
      best.servicesCpuSeconds.toFixed(1),
      `${best.peakRssMb}`,
      `${Math.round(best.others * 100)} %`,
    ].join(' | '),
  )
  return [
    `### ${result.name}`,
    '',
    `${capitalised(result.about)}. Target: ${result.target}.`,
    '',
    `${result.at.slice(0, 10)}, ${shape.join(', ')}; ${machine.cores} cores (${machine.model}), ${machine.memoryGb} GiB, Node ${machine.node}.`,
    '',
    '| | seconds, best | all runs | whole process | CPU s | services’ CPU s | peak RSS MB | others’ load |',
    '|---|---|---|---|---|---|---|---|',
    ...rows.map((row) => `| ${row} |`),
    '',
    ...result.ratios.map(({ of, to, times }) => `- ${of}: ${times} times as fast as ${to}`),
    ...figureLines(result),
    ...sparkWarm(result),
  ].join('\n')
}

/** What contenders say of their best runs, where they say it: `postsPerSecond` becomes "posts per second". */
function figureLines({ figures = [], contenders }: BenchResult): readonly string[] {
  return contenders.flatMap(({ name, best: { info } }) => {
    const shown = figures.flatMap((figure) => {
      const value = info[figure]
      return typeof value === 'number' ? [`${inWords(figure)} ${value.toLocaleString('en-GB')}`] : []
    })
    return shown.length === 0 ? [] : [`- ${name}: ${shown.join(', ')}`]
  })
}

/** The job of a warm JVM flatters nobody: it stands beside. */
function sparkWarm({ contenders }: BenchResult): readonly string[] {
  return contenders.flatMap(({ name, best }) => {
    const jobs = best.info['jobs'] as readonly number[] | undefined
    if (!jobs || jobs.length < 2) return []
    return [
      `- ${name}: start-up ${best.info['startup']} s, jobs ${jobs.map((job) => `${job} s`).join(', ')} (later ones warm)`,
    ]
  })
}

const capitalised = (text: string) => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`
const inWords = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
