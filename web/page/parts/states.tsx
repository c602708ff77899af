/** What stands where data would: it is coming, there is none, it could not be had, it is old. */
import type { ComponentChildren } from 'preact'
import type { Problem, Stale } from '../../contract/common.ts'
import { type Age, ageOf, GONE, type Known } from '../state/api.ts'
import { usePage } from '../state/page-context.ts'
import { Icon } from './icons.tsx'
import { ProblemWords, Quoted } from './problem-words.tsx'
import { TokenForm } from './token-form.tsx'

export function Loading() {
  return (
    <div class="state loading" role="status">
      <span class="pulse" aria-hidden="true" />
      {usePage().text.states.loading}
    </div>
  )
}

export function Empty() {
  const { states } = usePage().text
  return (
    <section class="state empty">
      <h2>{states.emptyTitle}</h2>
      <p>{states.emptyBody}</p>
      <pre>
        <code>tendance demo</code>
      </pre>
    </section>
  )
}

export function Failed({ problem, again }: { readonly problem: Problem; readonly again?: () => void }) {
  const { text, isAlive } = usePage()
  const { states } = text
  if (problem.status === 401) {
    return (
      <section class="state" role="alert">
        <h2>{states.tokenTitle}</h2>
        <p>{states.tokenBody}</p>
        <TokenForm />
      </section>
    )
  }
  const isGone = problem.code === GONE
  return (
    <section class="state failed" role="alert">
      <h2>
        <Icon name="warning" /> {isGone ? states.goneTitle : states.failedTitle}
      </h2>
      <p>{isGone ? states.goneBody : <ProblemWords problem={problem} />}</p>
      {isAlive && again && (
        <button type="button" onClick={again}>
          {states.again}
        </button>
      )}
    </section>
  )
}

/** What is shown is not how it is now. */
export function Note({ children }: { readonly children: ComponentChildren }) {
  return (
    <p class="note stale" role="status">
      <Icon name="warning" />
      <span>{children}</span>
    </p>
  )
}

function StaleNote({ age: { since, away, why } }: { readonly age: Age }) {
  const { text, format } = usePage()
  const { states, facts } = text
  const who = away === null ? states.something : away === 'server' ? states.server : facts.services[away]
  return (
    <Note>
      <strong>{states.stale(format.moment(since), who)}</strong> <Quoted>{why}</Quoted>
    </Note>
  )
}

interface AskedProps<T> {
  readonly known: Known<T> | undefined
  readonly again?: () => void
  readonly children: (data: T) => ComponentChildren
}

/** Data when there is some, however old; else why there is none. */
export function WhenKnown<T extends { readonly stale?: Stale }>({ known, again, children }: AskedProps<T>) {
  if (!known) return <Loading />
  if (!known.data) return known.problem ? <Failed problem={known.problem} {...(again ? { again } : {})} /> : <Loading />
  const age = ageOf(known)
  return (
    <>
      {age && <StaleNote age={age} />}
      {children(known.data)}
    </>
  )
}
