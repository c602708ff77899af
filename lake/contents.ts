/**
 * What an hour is made from, as a number that compaction does not change.
 *
 * Each file that the archive wrote stands for 128 bits of a hash of its name and length; a set of files stands for their sum
 * (modulo 2^128), and a compacted file carries the sum of its sources in its name. So a listing alone tells what the hour holds,
 * however its files were merged since: the set hash of Bellare and Micciancio ("A New Paradigm for Collision-Free Hashing", 1997),
 * here against accidents only.
 *
 * Invariant: contentsOf(compacted from a and b) = add(contentsOf(a), contentsOf(b)), in any order and grouping.
 */
import { createHash } from 'node:crypto'
import { type RecordFileName, recordFileName } from './layout.ts'

const MODULUS = 1n << 128n

/** 32 hexadecimal digits. */
export type Contents = string

export function contentsOf(file: RecordFileName & { readonly bytes: number }): Contents {
  if (file.contents !== undefined) return file.contents
  const hash = createHash('sha256').update(`${recordFileName(file)} ${file.bytes}\n`)
  return hash.digest('hex').slice(0, 32)
}

export function addContents(all: readonly Contents[]): Contents {
  const sum = all.reduce((so, each) => so + BigInt(`0x${each}`), 0n) % MODULUS
  return sum.toString(16).padStart(32, '0')
}
