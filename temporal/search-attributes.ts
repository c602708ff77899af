/** Registers the search attributes that workflows set; without them Temporal refuses what workflows tell. */

import { type Connection, isGrpcServiceError } from '@temporalio/client'
import { SearchAttributeType } from '@temporalio/common'
import type { NativeConnection } from '@temporalio/worker'
import { AppError, messageOf } from '../model/errors.ts'
import { searchAttributes } from './names.ts'

const ALREADY_EXISTS = 6

/** temporal.api.enums.v1.IndexedValueType */
const INDEXED_VALUE_TYPES: Readonly<Record<SearchAttributeType, number>> = {
  [SearchAttributeType.TEXT]: 1,
  [SearchAttributeType.KEYWORD]: 2,
  [SearchAttributeType.INT]: 3,
  [SearchAttributeType.DOUBLE]: 4,
  [SearchAttributeType.BOOL]: 5,
  [SearchAttributeType.DATETIME]: 6,
  [SearchAttributeType.KEYWORD_LIST]: 7,
}

/**
 * Idempotent. Resolves to the names that were added.
 * @throws AppError `denied` when the server does not let us (Temporal Cloud: they are added there in its own console)
 */
export async function registerSearchAttributes(
  connection: Connection | NativeConnection,
  namespace: string,
): Promise<readonly string[]> {
  const service = connection.operatorService
  try {
    const known = await service.listSearchAttributes({ namespace })
    const missing = Object.values(searchAttributes).filter(({ name }) => !(name in (known.customAttributes ?? {})))
    if (missing.length === 0) return []
    await service.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map(({ name, type }) => [name, INDEXED_VALUE_TYPES[type]])),
    })
    return missing.map(({ name }) => name)
  } catch (error) {
    // Another worker was faster.
    if (isGrpcServiceError(error) && error.code === ALREADY_EXISTS) return []
    const names = Object.values(searchAttributes).map(({ name, type }) => `${name} (${type})`)
    throw new AppError(
      'denied',
      `search attributes could not be registered in namespace ${namespace}: ${messageOf(error)}. Add them by hand: ${names.join(', ')}`,
      { cause: error, facts: { namespace } },
    )
  }
}
