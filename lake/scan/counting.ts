/**
 * What a counting thread does with its jobs, one after another; the memory of all (buffers, id set, spellings) is reused.
 */

import { createHash } from 'node:crypto'
import { HourCounter } from '../../model/count/hour-counter.ts'
import { IdSet } from '../../model/count/id-set.ts'
import { mergePartials } from '../../model/count/merge-partials.ts'
import { type SortedTerms, sortedTermsOf, textAt } from '../../model/count/sorted-terms.ts'
import { SpellingTable } from '../../model/count/spelling-table.ts'
import { isAppError } from '../../model/errors.ts'
import { columnsOfCounts, type TallyColumns } from '../../model/tally.ts'
import { extractorNamed } from '../../model/terms/index.ts'
import { encodeTally, tallyFacts } from '../tallies/encode.ts'
import type { TallyName } from '../tallies/format.ts'
import { countFile } from './count-file.ts'
import type { Job, JobResult, RecordFile } from './messages.ts'
import type { ReadAhead } from './read-ahead.ts'

/** A table of more spellings is dropped after its unit: 100 MB or so, and most of them will not come again. */
const SPELLINGS_MAX = 2_000_000
/** An id set beyond this (1.7 million ids) is given back after its unit: emptying it would cost small units dearly. */
const ID_BYTES_MAX = 64 * 1024 * 1024

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest()

export interface CountingOptions {
  readonly signal: AbortSignal
  /** The first file of the job behind this one, to be read while this one ends. */
  readonly fileAfter: () => RecordFile | undefined
  readonly onProgress: (bytes: number, records: number) => void
}

type CountJob = Extract<Job, { kind: 'count' }>

interface Tools {
  readonly table: SpellingTable
  readonly counter: HourCounter
}

export class Counting {
  readonly #files: ReadAhead
  readonly #tools = new Map<string, Tools>()
  #ids = new IdSet(0, sha256)

  constructor(files: ReadAhead) {
    this.#files = files
  }

  async run(job: Job, options: CountingOptions): Promise<JobResult> {
    switch (job.kind) {
      case 'merge':
        return tallyResult(job.name, sortedTermsOf(mergePartials(job.partials)))
      case 'count':
        return this.#countDoubting(job, options)
      default:
        return job satisfies never
    }
  }

  /** Damage may have come with the fast way of reading, or lie in one replica: before a unit fails, it is read the other way. */
  async #countDoubting(job: CountJob, options: CountingOptions): Promise<JobResult> {
    try {
      return await this.#count(job, options, false)
    } catch (error) {
      if (!isAppError(error, 'corrupt')) throw error
      return this.#count(job, options, true)
    }
  }

  async #count(job: CountJob, options: CountingOptions, checked: boolean): Promise<JobResult> {
    const { stream, files } = job
    const { signal } = options
    const { table, counter } = this.#toolsFor(job)
    try {
      let records = 0
      for (const [index, file] of files.entries()) {
        signal.throwIfAborted()
        // Copies have one id, so one partition: ids of another cannot meet these, unless the number of partitions changed.
        if (!job.acrossPartitions && file.partition !== files[index - 1]?.partition) this.#ids.reset()
        const bytes = await this.#files.take(file, checked)
        if (!checked) this.#files.ahead(files[index + 1] ?? options.fileAfter())
        const onBytes = (count: number) => {
          const seen = counter.records + counter.copies
          options.onProgress(count, seen - records)
          records = seen
        }
        await countFile(bytes, file.path, { stream, ids: this.#ids, counter, onBytes, signal })
      }
      return job.name ? tallyResult(job.name, counter.sorted()) : { kind: 'partial', partial: counter.take() }
    } finally {
      counter.reset()
      this.#ids.reset()
      if (this.#ids.byteLength > ID_BYTES_MAX) this.#ids = new IdSet(0, sha256)
      if (table.spellings.size > SPELLINGS_MAX) this.#tools.delete(toolsKey(job))
    }
  }

  #toolsFor(job: CountJob): Tools {
    const known = this.#tools.get(toolsKey(job))
    if (known) return known
    const extractor = extractorNamed(job.extractor)
    const table = new SpellingTable(extractor.key)
    const tools = { table, counter: new HourCounter(extractor, table, job.termLengthMax) }
    this.#tools.set(toolsKey(job), tools)
    return tools
  }
}

function toolsKey({ extractor, termLengthMax }: CountJob): string {
  return `${extractor} ${termLengthMax}`
}

function tallyResult(name: TallyName, terms: SortedTerms): JobResult {
  return { kind: 'tally', facts: tallyFacts(name, terms), file: encodeTally(name, terms), columns: greatestOf(terms) }
}

function greatestOf({ counts, records, keys, shown }: SortedTerms): TallyColumns {
  return columnsOfCounts({
    counts,
    records,
    key: (index) => textAt(keys, index),
    shown: (index) => textAt(shown, index),
    order: 'sorted',
  })
}
