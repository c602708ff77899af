/** Certificates for tests with TLS: an authority of the test's own, and what it signs, as PEM files. By openssl, in 0.2 s. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Environment } from '../../app/environment.ts'
import { runCommand } from '../../stack/install/command.ts'
import { testSettings } from '../test-settings.ts'

export interface Certificate {
  readonly certFile: string
  /** PKCS#8. */
  readonly keyFile: string
  /** Key and certificates in one file, as Kafka's PEM key stores want it. */
  readonly storeFile: string
}

export interface Authority {
  readonly caFile: string
  /** `names`: DNS names and IP addresses that stand in it; a client's needs none. */
  sign(commonName: string, names?: readonly string[]): Promise<Certificate>
}

const DAYS = ['-days', '30']

/** Everything is written to `folder`, which must be there. */
export async function createAuthority(folder: string, name = 'test-authority'): Promise<Authority> {
  const { environment } = testSettings()
  const caFile = join(folder, `${name}.pem`)
  const caKey = join(folder, `${name}.key`)
  const create = ['req', '-x509', '-nodes', ...DAYS, '-subj', `/CN=${name}`, '-keyout', caKey, '-out', caFile]
  await openssl(environment, [...create, ...NEW_KEY])
  return {
    caFile,
    async sign(commonName, names = []) {
      const file = (ending: string) => join(folder, `${name}-${commonName}.${ending}`)
      const [keyFile, request, certFile, extensions, storeFile] = ['key', 'csr', 'pem', 'ext', 'store'].map(file)
      await openssl(environment, [
        ...['req', '-nodes', '-subj', `/CN=${commonName}`, '-keyout', keyFile!, '-out', request!],
        ...NEW_KEY,
      ])
      const alternatives = names.map((one) => `${/^[\d.]+$/.test(one) ? 'IP' : 'DNS'}:${one}`)
      await writeFile(extensions!, alternatives.length > 0 ? `subjectAltName=${alternatives.join(',')}\n` : '')
      await openssl(environment, [
        ...['x509', '-req', '-in', request!, '-CA', caFile, '-CAkey', caKey, '-CAcreateserial', ...DAYS],
        ...['-out', certFile!, '-extfile', extensions!],
      ])
      const parts = await Promise.all([keyFile!, certFile!, caFile].map((path) => readFile(path, 'utf8')))
      await writeFile(storeFile!, parts.join(''))
      return { certFile: certFile!, keyFile: keyFile!, storeFile: storeFile! }
    },
  }
}

/** The same key, encrypted. */
export async function encryptKey(keyFile: string, password: string): Promise<string> {
  const encrypted = `${keyFile}.encrypted`
  const words = ['pkcs8', '-topk8', '-v2', 'aes-256-cbc', '-in', keyFile, '-out', encrypted]
  await openssl(testSettings().environment, [...words, '-passout', `pass:${password}`])
  return encrypted
}

const NEW_KEY = ['-newkey', 'rsa:2048']

function openssl(environment: Environment, args: readonly string[]): Promise<unknown> {
  return runCommand('openssl', args, { environment })
}
