/** `tendance top --chart FILE`: the answer as a picture, for reports. */
import { writeFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { DateTime } from 'luxon'
import { AppError, messageOf } from '../model/errors.ts'
import { hourStart } from '../model/time.ts'
import type { Answer } from '../views/answer.ts'
import { barChart } from './chart/bar-chart.ts'
import { bumpChart } from './chart/bump-chart.ts'
import { type Cli, print } from './cli.ts'
import { provenanceLine, windowText } from './show-answer.ts'

export interface ChartOptions {
  readonly zone: string
  /** Rows of a ranking. */
  readonly n: number
  /** Ranks over the hours instead of the counts of the window. */
  readonly byHour: boolean
}

const KINDS = ['.svg', '.png'] as const
type Kind = (typeof KINDS)[number]

/** @throws AppError `bad-input` for an ending that is no picture, before anything is asked */
export function chartKind(path: string): Kind {
  const found = KINDS.find((kind) => kind === extname(path).toLowerCase())
  if (found) return found
  throw new AppError('bad-input', `--chart is '${path}': its name ends in ${KINDS.join(' or ')}`, { facts: { path } })
}

export async function writeChart(
  cli: Cli,
  path: string,
  answers: readonly Answer[],
  options: ChartOptions,
): Promise<void> {
  const svg = chartOf(answers, options)
  const bytes = chartKind(path) === '.svg' ? svg : await png(cli, svg, answers)
  try {
    await writeFile(path, bytes)
  } catch (error) {
    throw new AppError('bad-input', `--chart: ${path} cannot be written: ${messageOf(error)}`, { cause: error })
  }
  print(cli, `${path} written, ${Math.ceil(bytes.length / 1024)} KiB`)
}

function chartOf(answers: readonly Answer[], { zone, n, byHour }: ChartOptions): string {
  const first = answers[0]!
  const last = answers.at(-1)!
  const title = `${first.board}  ${windowText(first.from, last.to, zone)}`
  const plain = { zone, columns: Number.POSITIVE_INFINITY, style: (_: string, text: string) => text }
  if (!byHour) return barChart(first, { title, provenance: provenanceLine(first, plain) })
  const provisional = answers.filter(({ provenance }) => provenance.hours.provisional > 0).length
  const exact = answers.every((answer) => answer.exact) ? 'each hour exact' : 'not every hour exact'
  return bumpChart(answers, n, {
    title,
    provenance: `${exact}${provisional > 0 ? ` · ${provisional} provisional` : ''} · times in ${zone}`,
    hour(hour, isFirst) {
      const at = DateTime.fromMillis(hourStart(hour), { zone })
      return at.hour === 0 || isFirst ? at.toFormat('ccc d HH') : at.toFormat('HH')
    },
  })
}

/** Says which characters will be boxes: nobody finds out in the report. */
async function png(cli: Cli, svg: string, answers: readonly Answer[]): Promise<Buffer> {
  const { missingGlyphs, svgToPng } = await import('./chart/png.ts')
  const missing = missingGlyphs(answers.flatMap(({ rows }) => rows.map(({ shown }) => shown)).join(''))
  if (missing.length > 0) {
    const some = missing.slice(0, 20).join(' ')
    cli.stderr.write(
      `no font of this machine has ${some}${missing.length > 20 ? ` and ${missing.length - 20} more` : ''}: boxes stand for them. Install one (Noto Sans has all scripts), or make an .svg, which is drawn with the fonts of who opens it\n`,
    )
  }
  return svgToPng(svg)
}
