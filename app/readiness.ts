/**
 * Whether a process is ready for its work: conditions that it sets itself ("partitions are assigned"), and services that are asked
 * when somebody asks it. Alive is another question: whoever answers is alive.
 */
import { messageOf } from '../model/errors.ts'

export interface Condition {
  readonly name: string
  readonly ok: boolean
  /** What there is, or what is missing. */
  readonly says: string
}

export interface ReadinessAnswer {
  readonly ready: boolean
  readonly conditions: readonly Condition[]
}

export interface Readiness {
  /** The condition is so from now on. One that was announced and not set yet is not met. */
  set(name: string, ok: boolean, says: string): void
  /**
   * What must succeed now; `ask` resolves when it does, with a text to show if it has one. It is given up after a few seconds, so that
   * an answer comes in a bounded time, and asked again only when it has ended.
   */
  require(name: string, ask: () => Promise<unknown>): void
  read(): Promise<ReadinessAnswer>
}

/** Answers are kept so long: several probes at once ask once. */
const KEEP_MS = 2_000
const ASK_MS = 5_000

export function createReadiness({
  keepMs = KEEP_MS,
  askMs = ASK_MS,
}: {
  readonly keepMs?: number
  readonly askMs?: number
} = {}): Readiness {
  const conditions = new Map<string, Condition>()
  const services = new Map<string, Service>()
  let asked: { readonly at: number; readonly answers: Promise<readonly Condition[]> } | undefined

  const askAll = () => {
    if (asked === undefined || performance.now() - asked.at > keepMs) {
      const answers = Promise.all([...services].map(([name, service]) => askOne(name, service, askMs)))
      asked = { at: performance.now(), answers }
    }
    return asked.answers
  }

  return {
    set: (name, ok, says) => conditions.set(name, { name, ok, says }),
    require: (name, ask) => services.set(name, { ask, asking: undefined }),
    async read() {
      const answers = [...conditions.values(), ...(await askAll())]
      return { ready: answers.every(({ ok }) => ok), conditions: answers }
    },
  }
}

interface Service {
  readonly ask: () => Promise<unknown>
  /** What was given up is not asked again while it goes on: a service that hangs would collect connections. */
  asking: Promise<unknown> | undefined
}

async function askOne(name: string, service: Service, askMs: number): Promise<Condition> {
  const silence = Promise.withResolvers<never>()
  const timer = setTimeout(() => silence.reject(new Error(`no answer in ${askMs} ms`)), askMs)
  service.asking ??= service.ask().finally(() => {
    service.asking = undefined
  })
  try {
    const said = await Promise.race([service.asking, silence.promise])
    return { name, ok: true, says: typeof said === 'string' ? said : 'answers' }
  } catch (error) {
    return { name, ok: false, says: messageOf(error) }
  } finally {
    clearTimeout(timer)
  }
}
