/**
 * How a connection to Kafka is protected: TLS and SASL, from the configuration, in the words of Node and of no client. Each client
 * library has a function here that says it in its own words, so that all of them agree.
 */
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import tls from 'node:tls'
import type { SASLOptions } from 'kafkajs'
import type { Config } from '../app/config.ts'
import { AppError, messageOf } from '../model/errors.ts'
import { createTokenSource } from './oauth.ts'

type KafkaSettings = Config['kafka']

export interface KafkaSecurity {
  /** undefined: no TLS. Certificates are checked, and the name in them, always. */
  readonly tls: tls.ConnectionOptions | undefined
  /** undefined: no SASL. */
  readonly sasl: KafkaSasl | undefined
}

export type KafkaSasl =
  | {
      readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
      readonly username: string
      readonly password: string
    }
  | { readonly mechanism: 'oauthbearer'; readonly token: () => Promise<string> }

/**
 * Reads the files that the settings name. One call a connection: its OAuth token is kept for all sockets of that connection.
 * @throws AppError `bad-config` naming the setting: a file that cannot be read or is no certificate, half of a pair, TLS that is off
 */
export function kafkaSecurity(settings: KafkaSettings): KafkaSecurity {
  return { tls: tlsOf(settings), sasl: saslOf(settings) }
}

/** In kafkajs's words. */
export function kafkajsSecurity(security: KafkaSecurity): { ssl: tls.ConnectionOptions | false; sasl?: SASLOptions } {
  const { sasl } = security
  const ssl = security.tls ?? false
  if (sasl === undefined) return { ssl }
  if (sasl.mechanism !== 'oauthbearer') return { ssl, sasl }
  const oauthBearerProvider = async () => ({ value: await sasl.token() })
  return { ssl, sasl: { mechanism: 'oauthbearer', oauthBearerProvider } }
}

/**
 * In the words of @platformatic/kafka, which sends the name of the server (SNI) only when it is told to: brokers behind one address
 * are told apart by it. To an IP address it must not be sent.
 */
export function platformaticSecurity({ tls, sasl }: KafkaSecurity, brokers: readonly string[]) {
  const byName = brokers.some((broker) => isIP(broker.replace(/:\d+$/, '')) === 0)
  const secured = tls && { tls, ...(byName || tls.servername ? { tlsServerName: tls.servername ?? true } : {}) }
  if (sasl === undefined) return { ...secured }
  const { mechanism, ...credentials } = sasl
  const name = mechanism.toUpperCase() as 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512' | 'OAUTHBEARER'
  return { ...secured, sasl: { mechanism: name, ...credentials } }
}

const FILES = { caFile: 'CA_FILE', certFile: 'CERT_FILE', keyFile: 'KEY_FILE' } as const

function badConfig(why: string): AppError {
  return new AppError('bad-config', why)
}

function tlsOf(settings: KafkaSettings): tls.ConnectionOptions | undefined {
  const { ssl, certFile, keyFile, keyPassword, serverName } = settings
  if (!ssl) {
    const needs = (['caFile', 'certFile', 'keyFile', 'serverName'] as const).find((key) => settings[key] !== undefined)
    if (needs) throw badConfig(`kafka.${needs} is set, but TLS is off: set TENDANCE_KAFKA_SSL=true, or take it away`)
    return undefined
  }
  if ((certFile === undefined) !== (keyFile === undefined)) {
    const [set, missing] = certFile ? ['certFile', 'KEY_FILE'] : ['keyFile', 'CERT_FILE']
    throw badConfig(
      `kafka.${set} is set alone: a client certificate needs its key, so set TENDANCE_KAFKA_${missing} too`,
    )
  }
  const ca = readPem(settings, 'caFile')
  const cert = readPem(settings, 'certFile')
  const key = readPem(settings, 'keyFile')
  const options: tls.ConnectionOptions = {
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    ...(keyPassword !== undefined && { passphrase: keyPassword }),
    ...(serverName !== undefined && { servername: serverName }),
  }
  try {
    tls.createSecureContext(options)
  } catch (error) {
    const names = Object.keys(FILES).flatMap((name) => settings[name as keyof typeof FILES] ?? [])
    throw new AppError(
      'bad-config',
      `the files for TLS to Kafka cannot be used (${names.join(', ')}): ${messageOf(error)}. They must be PEM, the key must belong to the certificate, and kafka.keyPassword must open it`,
      { cause: error },
    )
  }
  return options
}

function readPem(settings: KafkaSettings, setting: keyof typeof FILES): string | undefined {
  const path = settings[setting]
  if (path === undefined) return undefined
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new AppError(
      'bad-config',
      `kafka.${setting} names the file '${path}', which cannot be read (${messageOf(error)}): set TENDANCE_KAFKA_${FILES[setting]}`,
      { cause: error, facts: { path } },
    )
  }
}

function saslOf(settings: KafkaSettings): KafkaSasl | undefined {
  const { username, password, oauthTokenUrl, oauthClientId, oauthClientSecret } = settings
  const mechanism = settings.saslMechanism ?? (username || password ? 'scram-sha-256' : undefined)
  if (mechanism === undefined) return undefined
  if (mechanism !== 'oauthbearer') {
    if (username && password) return { mechanism, username, password }
    const missing = username ? 'PASSWORD' : 'USERNAME'
    throw badConfig(
      `SASL ${mechanism} needs a user and a password: set TENDANCE_KAFKA_${missing}, or …_${missing}_FILE`,
    )
  }
  if (!oauthTokenUrl || !oauthClientId || !oauthClientSecret) {
    const missing = oauthTokenUrl ? (oauthClientId ? 'CLIENT_SECRET' : 'CLIENT_ID') : 'TOKEN_URL'
    throw badConfig(
      `SASL oauthbearer needs a token server, a client and its secret: set TENDANCE_KAFKA_OAUTH_${missing}`,
    )
  }
  const own = readPem(settings, 'caFile')
  const token = createTokenSource(
    {
      tokenUrl: oauthTokenUrl,
      clientId: oauthClientId,
      clientSecret: oauthClientSecret,
      scope: settings.oauthScope,
      // the token server may be public while the brokers' authority is the company's own
      ca: own === undefined ? undefined : [...tls.getCACertificates('default'), own],
    },
    Date.now,
  )
  return { mechanism, token }
}
