/**
 * Where a file's blocks are: WebHDFS's GET_BLOCK_LOCATIONS, which says of each block its name, length and DataNodes.
 *
 * Hadoop answers it to its own WebHDFS client and does not document it; where it is refused the scan reads by WebHDFS.
 */
import { AppError } from '../../../model/errors.ts'
import type { HdfsNameNode } from '../../webhdfs/name-node.ts'
import type { BlockId } from './wire.ts'

export interface LocatedBlock extends BlockId {
  /** In the order in which the NameNode recommends them. */
  readonly hosts: readonly { readonly host: string; readonly port: number }[]
}

interface LocatedBlocksJson {
  readonly LocatedBlocks: {
    readonly fileLength: number
    readonly isUnderConstruction: boolean
    readonly locatedBlocks: readonly {
      readonly startOffset: number
      readonly isCorrupt: boolean
      readonly block: {
        readonly blockPoolId: string
        readonly blockId: number
        readonly generationStamp: number
        readonly numBytes: number
      }
      readonly locations: readonly { readonly ipAddr: string; readonly xferPort: number }[]
    }[]
  }
}

/** @throws AppError `unavailable` when the NameNode does not answer as expected, also when the file is not there */
export async function locateBlocks(
  nameNode: HdfsNameNode,
  path: string,
  signal?: AbortSignal,
): Promise<{ readonly bytes: number; readonly blocks: readonly LocatedBlock[] }> {
  const query = { offset: '0', length: String(Number.MAX_SAFE_INTEGER) }
  const { body } = await nameNode.ask('GET', 'GET_BLOCK_LOCATIONS', path, query, signal)
  const fail = (why: string, cause?: unknown) =>
    new AppError('unavailable', `asking ${nameNode.address} where the blocks of ${path} are: ${why}`, {
      facts: { path },
      cause,
    })
  try {
    const { fileLength, isUnderConstruction, locatedBlocks } = (JSON.parse(body.toString()) as LocatedBlocksJson)
      .LocatedBlocks
    if (isUnderConstruction) throw fail('it is still being written')
    const blocks = locatedBlocks.map(({ block, locations }) => ({
      pool: block.blockPoolId,
      id: block.blockId,
      generation: block.generationStamp,
      bytes: block.numBytes,
      hosts: locations.map(({ ipAddr, xferPort }) => ({ host: ipAddr, port: xferPort })),
    }))
    return { bytes: fileLength, blocks }
  } catch (error) {
    if (error instanceof AppError) throw error
    throw fail('an answer that cannot be read', error)
  }
}
