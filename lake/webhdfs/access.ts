/**
 * How HDFS is reached: addresses, certificates, and who we are. Plain data, so that it can be posted to a thread; the lake's part of
 * the configuration has this shape.
 */
import { readFileSync } from 'node:fs'
import { AppError, messageOf } from '../../model/errors.ts'

export interface HdfsAccess {
  /** `http://namenode:9870`; several with commas between them, of which one is active; with a path for a gateway. */
  readonly url: string
  /** HDFS user name: believed by clusters without security, sent with `password` to gateways. */
  readonly user: string
  /** By HTTP Basic, to a gateway such as Knox. */
  readonly password?: string | undefined
  readonly delegationToken?: string | undefined
  /** By SPNEGO, with the ticket or key table that the system's Kerberos library finds. */
  readonly kerberos?: boolean | undefined
  readonly caFile?: string | undefined
  readonly certFile?: string | undefined
  readonly keyFile?: string | undefined
  readonly keyPassword?: string | undefined
}

export interface HdfsAddress {
  /** With WebHDFS's path, without a slash behind: `http://namenode:9870/webhdfs/v1`. */
  readonly base: string
  /** It has a path of its own, so it is no NameNode: DataNodes are hidden behind it. */
  readonly isGateway: boolean
}

const API = '/webhdfs/v1'

/** @throws AppError `bad-config` for what is no http(s) address */
export function hdfsAddresses(url: string): readonly HdfsAddress[] {
  const parts = url.split(',').map((part) => part.trim())
  return parts.map((part) => {
    const parsed = URL.canParse(part) ? new URL(part) : undefined
    if (!parsed || !/^https?:$/.test(parsed.protocol) || parsed.username !== '' || parsed.search !== '') {
      throw new AppError(
        'bad-config',
        `lake.url has '${part.replace(/\/\/.*@/, '//…@')}': an address of HDFS is http(s)://host:port, for a gateway with its path; user and password are settings of their own`,
      )
    }
    const path = parsed.pathname.replace(/\/+$/, '').replace(new RegExp(`${API}$`), '')
    return { base: `${parsed.origin}${path}${API}`, isGateway: path !== '' }
  })
}

/** What node:https takes. @throws AppError `bad-config` naming the setting whose file cannot be read */
export function hdfsTls(
  access: HdfsAccess,
): Readonly<Record<'ca' | 'cert' | 'key' | 'passphrase', string | undefined>> {
  const read = (setting: 'caFile' | 'certFile' | 'keyFile', variable: string) => {
    const path = access[setting]
    if (path === undefined) return undefined
    try {
      return readFileSync(path, 'utf8')
    } catch (error) {
      const why = `lake.${setting} names the file '${path}', which cannot be read (${messageOf(error)}): set TENDANCE_LAKE_${variable}`
      throw new AppError('bad-config', why, { cause: error, facts: { path } })
    }
  }
  if ((access.certFile === undefined) !== (access.keyFile === undefined)) {
    throw new AppError('bad-config', 'of lake.certFile and lake.keyFile one is set alone: a certificate needs its key')
  }
  return {
    ca: read('caFile', 'CA_FILE'),
    cert: read('certFile', 'CERT_FILE'),
    key: read('keyFile', 'KEY_FILE'),
    passphrase: access.keyPassword,
  }
}
