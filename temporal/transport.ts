/** How Temporal is spoken to: plain, by TLS, with our own certificate, with an API key. For clients and workers alike. */
import { readFileSync } from 'node:fs'
import type { TLSConfig } from '@temporalio/client'
import type { Config } from '../app/config.ts'
import { AppError, messageOf } from '../model/errors.ts'

export type TemporalSettings = Config['temporal']

export interface Transport {
  readonly address: string
  readonly apiKey?: string
  readonly tls: TLSConfig | false
}

const FILES = { caFile: 'CA_FILE', certFile: 'CERT_FILE', keyFile: 'KEY_FILE' } as const

/**
 * TLS is on when it is asked for, or not said and something needs it: an API key, which must not be read on the way, or certificates.
 * @throws AppError `bad-config` when settings contradict each other, or a file cannot be read
 */
export function transportOf(settings: TemporalSettings): Transport {
  const { address, apiKey, serverName, certFile, keyFile, caFile } = settings
  const needs = (['caFile', 'certFile', 'keyFile', 'serverName'] as const).find((key) => settings[key] !== undefined)
  if (settings.tls === false && needs !== undefined) {
    throw new AppError('bad-config', `temporal.${needs} is set, but temporal.tls is false: only TLS has certificates`)
  }
  if ((certFile === undefined) !== (keyFile === undefined)) {
    const [there, missing] = certFile === undefined ? ['keyFile', 'certFile'] : ['certFile', 'keyFile']
    throw new AppError('bad-config', `temporal.${there} is set without temporal.${missing}: they belong together`)
  }
  const key = apiKey === undefined ? {} : { apiKey }
  if (!(settings.tls ?? (needs !== undefined || apiKey !== undefined))) return { address, ...key, tls: false }
  const tls: TLSConfig = {
    ...(serverName === undefined ? {} : { serverNameOverride: serverName }),
    ...(caFile === undefined ? {} : { serverRootCACertificate: read(settings, 'caFile') }),
    ...(certFile === undefined
      ? {}
      : { clientCertPair: { crt: read(settings, 'certFile'), key: read(settings, 'keyFile') } }),
  }
  return { address, ...key, tls }
}

function read(settings: TemporalSettings, key: keyof typeof FILES): Uint8Array {
  const path = settings[key]!
  try {
    const bytes = readFileSync(path)
    if (bytes.includes('-----BEGIN ')) return bytes
  } catch (error) {
    throw new AppError('bad-config', `temporal.${key} names '${path}', which cannot be read: ${messageOf(error)}`, {
      cause: error,
    })
  }
  throw new AppError('bad-config', `temporal.${key} names '${path}', which is not PEM: it holds no '-----BEGIN …'`)
}
