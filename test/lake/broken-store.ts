/**
 * A store through which a process dies at a chosen step: the k-th call that changes anything happens not at all, in part, or
 * wholly with the answer lost, and nothing that the process asks after that is answered.
 */
import type { FileStore } from '../../lake/file-store.ts'

export const DEATHS = ['before', 'partway', 'after'] as const
export type Death = (typeof DEATHS)[number]

/** What a dead process sees: not an AppError, so nothing retries it. */
export class Dead extends Error {}

export interface Mortal {
  readonly store: FileStore
  /** Changing calls so far, `create /tendance/…`: what the steps were. */
  readonly steps: string[]
}

/** Which step is the last: its number (1 is the first, 0: never), or a test of its name. */
export type When = number | ((step: string) => boolean)

/** Dies at a step. `onDeath` instead of the exception: to kill a real process. */
export function mortal(store: FileStore, at: When, death: Death, onDeath?: (step: string) => never): Mortal {
  const steps: string[] = []
  let dead = false
  const die = (step: string): never => {
    dead = true
    if (onDeath) return onDeath(step)
    throw new Dead(`died ${death} ${step}`)
  }
  const alive = () => {
    if (dead) throw new Dead('dead already')
    return store
  }
  async function step<T>(name: string, work: () => Promise<T>, partway?: () => Promise<unknown>): Promise<T> {
    alive()
    steps.push(name)
    if (typeof at === 'number' ? steps.length !== at : !at(name)) return work()
    if (death === 'partway') await partway?.()
    if (death === 'after') await work().catch(() => {})
    return die(name)
  }
  return {
    steps,
    store: {
      address: store.address,
      create: (path, chunks, signal) => {
        const bytes = Buffer.concat(chunks)
        const half = [bytes.subarray(0, bytes.length >> 1)]
        return step(
          `create ${path}`,
          () => store.create(path, chunks, signal),
          () => store.create(path, half, signal),
        )
      },
      makeDirs: (dir) => step(`makeDirs ${dir}`, () => store.makeDirs(dir)),
      renameNoClobber: (from, to) => step(`rename ${from} ${to}`, () => store.renameNoClobber(from, to)),
      renameReplace: (from, to) => step(`replace ${from} ${to}`, () => store.renameReplace(from, to)),
      delete: (path, options) => step(`delete ${path}`, () => store.delete(path, options)),
      read: async (...args) => alive().read(...args),
      stat: async (...args) => alive().stat(...args),
      list: async (...args) => alive().list(...args),
      [Symbol.asyncDispose]: async () => {},
    },
  }
}
