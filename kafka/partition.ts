/**
 * Which partition a key belongs to: murmur2, as the default partitioner of Kafka's own clients. We choose it ourselves, so that all
 * copies of a record meet in one partition, whichever program sent them, and so that each send names its partition.
 */

/** Austin Appleby's MurmurHash2 (32 bits, seed 0x9747b28c) as in org.apache.kafka.common.utils.Utils.murmur2; a signed number. */
export function murmur2(bytes: Uint8Array): number {
  const length = bytes.length
  const M = 0x5bd1e995
  let hash = 0x9747b28c ^ length
  let at = 0
  for (const end = length & ~3; at < end; at += 4) {
    let k = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
    k = Math.imul(k, M)
    k = Math.imul(k ^ (k >>> 24), M)
    hash = Math.imul(hash, M) ^ k
  }
  const rest = length & 3
  if (rest >= 3) hash ^= bytes[at + 2]! << 16
  if (rest >= 2) hash ^= bytes[at + 1]! << 8
  if (rest >= 1) hash = Math.imul(hash ^ bytes[at]!, M)
  hash = Math.imul(hash ^ (hash >>> 13), M)
  return hash ^ (hash >>> 15)
}

/** The partition, of `partitions`, that a message with this key goes to. */
export function partitionOf(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions
}
