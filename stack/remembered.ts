/**
 * What a data folder was made with: kept beside the data, so that `down`, `status` and a later `up` mean the same stack
 * without being told again, and a size that the data cannot follow is refused instead of losing it.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { AppError } from '../model/errors.ts'
import { SERVICE_NAMES, type ServiceName } from './names.ts'

const PORT_OFFSET_MAX = 30_000

const shapeSchema = z.strictObject({
  services: z.array(z.enum(SERVICE_NAMES)).min(1).readonly(),
  portOffset: z.number().int().min(0).max(PORT_OFFSET_MAX),
  brokers: z.union([z.literal(1), z.literal(3)]),
  datanodes: z.number().int().min(1).max(9),
  heapMb: z.number().int().min(128),
})
/** Size, place and services of a stack. */
export type StackShape = Readonly<z.infer<typeof shapeSchema>>

/** What a caller says of it; what is missing or undefined is not said. Numbers are checked by resolveShape. */
export interface AskedShape {
  readonly services?: readonly ServiceName[] | undefined
  readonly portOffset?: number | undefined
  readonly brokers?: number | undefined
  readonly datanodes?: number | undefined
  readonly heapMb?: number | undefined
}

export const DEFAULT_SHAPE: StackShape = {
  services: SERVICE_NAMES,
  portOffset: 0,
  brokers: 1,
  datanodes: 1,
  heapMb: 256,
}

export function readShape(dataDir: string): StackShape | undefined {
  const path = shapePath(dataDir)
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
  try {
    return shapeSchema.parse(JSON.parse(text))
  } catch (cause) {
    throw new AppError(
      'corrupt',
      `'${path}' is not what a stack wrote: delete the file, or all of it with 'stack down --wipe'`,
      { cause },
    )
  }
}

export function writeShape(dataDir: string, shape: StackShape): void {
  mkdirSync(dataDir, { recursive: true })
  const path = shapePath(dataDir)
  writeFileSync(`${path}.new`, `${JSON.stringify(shape, undefined, 2)}\n`)
  renameSync(`${path}.new`, path)
}

/**
 * What is asked for, over what the folder was made with, over the defaults. Services add up: one that the folder has data
 * of, and that may run, is never forgotten.
 * @throws AppError `bad-input` for a size there is not, `conflict` for one that the data cannot follow.
 */
export function resolveShape(asked: AskedShape, remembered: StackShape | undefined): StackShape {
  const given = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined))
  const parsed = shapeSchema.safeParse({ ...DEFAULT_SHAPE, ...remembered, ...given })
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!
    throw new AppError(
      'bad-input',
      `${issue.path.join('.')}: ${issue.message} (brokers: 1 or 3; datanodes: 1 to 9; portOffset: 0 to ${PORT_OFFSET_MAX}; heapMb: from 128)`,
      { facts: { asked } },
    )
  }
  const { services } = parsed.data
  const shape = {
    ...parsed.data,
    services: SERVICE_NAMES.filter((name) => services.includes(name) || remembered?.services.includes(name)),
  }
  if (remembered !== undefined && shape.brokers !== remembered.brokers) {
    throw conflict(
      'brokers',
      remembered.brokers,
      shape.brokers,
      'new voters without the log could outvote the one that has it',
    )
  }
  if (remembered !== undefined && shape.datanodes < remembered.datanodes) {
    throw conflict('datanodes', remembered.datanodes, shape.datanodes, 'blocks of the others would be missing')
  }
  return shape
}

function conflict(what: string, was: number, asked: number, why: string): AppError {
  return new AppError(
    'conflict',
    `this data folder was made with ${was} ${what} and cannot go on with ${asked} (${why}): use --data with another folder, or 'stack down --wipe' first`,
    { facts: { what, was, asked } },
  )
}

function shapePath(dataDir: string): string {
  return join(dataDir, 'stack.json')
}
