/** A Kerberos realm of one test: MIT's KDC (Debian: apt-get install krb5-kdc krb5-admin-server krb5-user). */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '../../bench/machine/sockets.ts'
import { runCommand } from '../../stack/install/command.ts'
import { testSettings } from '../test-settings.ts'
import { startChild } from './child.ts'

export const REALM = 'TENDANCE.TEST'

export interface Kdc extends AsyncDisposable {
  readonly configFile: string
  /** What programs need to find this realm. */
  readonly environment: Readonly<Record<string, string>>
  /** Makes principals with random keys, and a key table with all of them. */
  keyTab(name: string, principals: readonly string[]): Promise<string>
  /** A ticket from a key table: the environment of who has it. */
  login(principal: string, keyTab: string): Promise<Readonly<Record<string, string>>>
}

export async function startKdc(folder: string): Promise<Kdc> {
  await mkdir(folder, { recursive: true })
  const port = await freePort()
  const configFile = join(folder, 'krb5.conf')
  const profile = join(folder, 'kdc.conf')
  await writeFile(
    configFile,
    `[libdefaults]
  default_realm = ${REALM}
  dns_lookup_kdc = false
  dns_lookup_realm = false
  rdns = false
  dns_canonicalize_hostname = false
  udp_preference_limit = 1
[realms]
  ${REALM} = {
    kdc = 127.0.0.1:${port}
  }
[domain_realm]
  localhost = ${REALM}
`,
  )
  await writeFile(
    profile,
    `[kdcdefaults]
  kdc_ports = ${port}
  kdc_tcp_ports = ${port}
[realms]
  ${REALM} = {
    database_name = ${join(folder, 'principal')}
    key_stash_file = ${join(folder, 'stash')}
    acl_file = ${join(folder, 'kadm5.acl')}
    max_life = 10h
  }
`,
  )
  const system = testSettings().environment
  const environment = { KRB5_CONFIG: configFile, KRB5_KDC_PROFILE: profile }
  const path = `${system['PATH'] ?? ''}:/usr/sbin:/usr/local/sbin`
  const run = (file: string, args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
    runCommand(file, args, { environment: { ...system, ...environment, ...more, PATH: path }, timeoutMs: 30_000 })
  await run('kdb5_util', ['create', '-s', '-r', REALM, '-P', 'master-password'])
  const child = await startChild({
    file: 'krb5kdc',
    args: ['-n'],
    cwd: folder,
    logFile: join(folder, 'kdc.log'),
    environment: { ...environment, PATH: path },
    isReady: (log) => log().includes('starting...'),
  })
  return {
    configFile,
    environment,
    async keyTab(name, principals) {
      const file = join(folder, `${name}.keytab`)
      for (const principal of principals) {
        await run('kadmin.local', ['-r', REALM, '-q', `addprinc -randkey ${principal}`])
        await run('kadmin.local', ['-r', REALM, '-q', `ktadd -k ${file} ${principal}`])
      }
      return file
    },
    async login(principal, keyTab) {
      const cache = { KRB5CCNAME: join(folder, `cache-${principal.replaceAll('/', '-')}`) }
      await run('kinit', ['-k', '-t', keyTab, principal], cache)
      return { ...environment, ...cache }
    },
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  }
}
