/** Something that changes the state: at most one at a time, with what came of it in words. */
import { useState } from 'preact/hooks'
import type { Problem } from '../../../contract/common.ts'
import { question } from '../../state/api.ts'
import { usePage } from '../../state/page-context.ts'

export interface Change {
  readonly isBusy: boolean
  readonly problem: Problem | null
  readonly said: string | null
  /** @param work resolves to what is to be said */
  readonly run: (work: () => Promise<string>) => Promise<void>
}

export function useChange(): Change {
  const { api } = usePage()
  const [state, setState] = useState<Omit<Change, 'run'>>({ isBusy: false, problem: null, said: null })
  return {
    ...state,
    async run(work) {
      setState({ isBusy: true, problem: null, said: null })
      try {
        setState({ isBusy: false, problem: null, said: await work() })
      } catch (problem) {
        setState({ isBusy: false, problem: problem as Problem, said: null })
      }
      await Promise.all([api.ask(question('editions')), api.ask(question('runs'))])
    },
  }
}
