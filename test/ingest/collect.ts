/** Drives a source as the pipeline does, but by hand: takes batches, and says what was saved. */
import type { RawRecord, Source, SourceBatch } from '../../ingest/source.ts'

/** All records of a source that ends by itself. */
export async function collect(source: Source, from?: SourceBatch['position']): Promise<RawRecord[]> {
  const records: RawRecord[] = []
  for await (const batch of source.open(from, new AbortController().signal)) {
    records.push(...batch.records)
    await source.saved?.(batch.position)
  }
  return records
}

/** Batches with their positions, none of them saved. */
export async function batchesOf(source: Source, from?: SourceBatch['position']): Promise<SourceBatch[]> {
  const batches: SourceBatch[] = []
  for await (const batch of source.open(from, new AbortController().signal)) batches.push(batch)
  return batches
}
