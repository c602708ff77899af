/**
 * Where a file's blocks are: WebHDFS's GET_BLOCK_LOCATIONS, which says of each block its name, length and DataNodes.
 *
 * Hadoop answers it to its own WebHDFS client and does not document it; where it is refused the scan reads by WebHDFS.
 */
import http from 'node:http'
import { AppError } from '../../../model/errors.ts'
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

/** A NameNode that says nothing for so long is given up. */
const SILENCE_MS = 15_000

/**
 * @param base `http://127.0.0.1:9870`
 * @throws AppError `unavailable` when the NameNode does not answer as expected, also when the file is not there
 */
export async function locateBlocks(
  base: string,
  user: string,
  path: string,
  agent: http.Agent,
  signal?: AbortSignal,
): Promise<{ readonly bytes: number; readonly blocks: readonly LocatedBlock[] }> {
  const query = new URLSearchParams({
    op: 'GET_BLOCK_LOCATIONS',
    'user.name': user,
    offset: '0',
    length: String(Number.MAX_SAFE_INTEGER),
  })
  const url = `${base}/webhdfs/v1${path.split('/').map(encodeURIComponent).join('/')}?${query}`
  const { status, body } = await get(url, agent, signal)
  const fail = (why: string, cause?: unknown) =>
    new AppError('unavailable', `asking ${base} where the blocks of ${path} are: ${why}`, { facts: { path }, cause })
  if (status !== 200) throw fail(`HTTP ${status} ${body.slice(0, 200)}`)
  try {
    const { fileLength, isUnderConstruction, locatedBlocks } = (JSON.parse(body) as LocatedBlocksJson).LocatedBlocks
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

function get(url: string, agent: http.Agent, signal?: AbortSignal): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const unavailable = (error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error)
      reject(
        new AppError('unavailable', `the NameNode does not answer (${new URL(url).host}): ${reason}`, { cause: error }),
      )
    }
    const request = http.get(url, { agent, timeout: SILENCE_MS, ...(signal && { signal }) }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', unavailable)
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() })
      })
    })
    request.on('timeout', () => {
      request.destroy(new Error(`silent for ${SILENCE_MS} ms`))
    })
    request.on('error', unavailable)
  })
}
