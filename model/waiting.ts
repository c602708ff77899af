/**
 * What rooms report of their attempts at a service, so that a process can say what it waits for. A room wraps each attempt; retry loops
 * around it need to say nothing. The list that collects the reports, with its clock and its log lines, is app/waits.ts.
 */

export interface Attempted {
  /** `HDFS`, `Kafka`, `MongoDB`, `Temporal` */
  readonly service: string
  readonly address: string
  /**
   * What is asked for. Only a success of the same operation ends the wait for it: HDFS in safe mode answers every read, so a read that
   * succeeds must not hide a write that fails.
   */
  readonly operation: string
  /** What the operation is done to, for people: a path, a partition. */
  readonly on?: string
}

export interface WaitReports {
  /** One attempt: it counts as a failure when trying again can help (`retry: 'later'`), as an answer when the service said no for good. */
  attempt<T>(what: Attempted, work: () => Promise<T>): Promise<T>
  /** For what is not a call of ours, such as the fetches of a client library: it has not been answered since `sinceMs` ago. */
  failed(what: Attempted, error: unknown, sinceMs?: number): void
  answered(what: Attempted): void
}

/** For callers that a person waits on: they end with the error instead. */
export const NO_WAIT_REPORTS: WaitReports = { attempt: (_what, work) => work(), failed() {}, answered() {} }
