/**
 * Kerberos tried by hand, as it needs more than `npm ci` brings: Debian's krb5-kdc, krb5-admin-server and krb5-user, and
 * `npm install --no-save kerberos`. Then: `node test/servers/kerberos-process.ts`. It starts a realm, and HDFS that believes tickets
 * only; it ends with an error when something is not as the documentation says.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { openStore } from '../../lake/open-store.ts'
import { openFileReader } from '../../lake/scan/open-file-reader.ts'
import { negotiateHeader } from '../../lake/webhdfs/spnego.ts'
import type { Logger } from '../../model/log.ts'
import { testSettings } from '../test-settings.ts'
import { startHdfsCluster } from './hdfs-cluster.ts'

const MARK = 'TENDANCE_TEST_KERBEROS_PLACE'
const place = testSettings().environment[MARK]
if (place === undefined) await startAndRun()
else await asClient(JSON.parse(place))

/** The Kerberos library reads its environment when it is loaded, so the client is a process of its own. */
async function startAndRun(): Promise<void> {
  await using cluster = await startHdfsCluster({ kerberos: true })
  const kdc = cluster.kdc!
  const keyTab = await kdc.keyTab('client', [cluster.superuser])
  const client = { url: cluster.nameNodes.join(','), user: 'not used', caFile: cluster.authority.caFile }
  const own = { KRB5_CLIENT_KTNAME: keyTab, KRB5CCNAME: 'MEMORY:client', [MARK]: JSON.stringify(client) }
  const run = spawnSync(process.execPath, process.argv.slice(1), {
    stdio: 'inherit',
    env: { ...testSettings().environment, ...kdc.environment, ...own },
  })
  process.exitCode = run.status ?? 1
}

async function asClient(client: { url: string; user: string; caFile: string }): Promise<void> {
  const warnings: string[] = []
  const logger: Logger = { debug() {}, info() {}, warn: (_, text) => void warnings.push(text), error() {} }
  const retries = { firstWaitMs: 50, waitMsMax: 500, totalMs: 5_000 }
  await using byTicket = openStore({ ...client, kerberos: true }, { retries, logger })
  await byTicket.create('/lake/by-ticket', [Buffer.from('ticket')])
  assert.equal((await byTicket.read('/lake/by-ticket')).toString(), 'ticket')
  console.log('a key table: written and read')

  await using nobody = openStore({ ...client, user: 'nn' }, { retries, logger })
  await assert.rejects(nobody.stat('/lake'), { code: 'denied', message: /HTTP 401.*TENDANCE_LAKE_KERBEROS/ })
  console.log('a user name alone: refused')

  const token = await delegationToken(client)
  await using byToken = openStore({ ...client, delegationToken: token }, { retries, logger })
  await byToken.create('/lake/by-token', [Buffer.from('token')])
  assert.equal((await byToken.read('/lake/by-token')).toString(), 'token')
  await using forged = openStore(
    { ...client, delegationToken: `${token.slice(0, 20)}AAAA${token.slice(24)}` },
    { retries },
  )
  await assert.rejects(forged.stat('/lake'), { code: 'denied' })
  console.log('a delegation token: written and read; a forged one: refused')

  await using reader = openFileReader({ ...client, kerberos: true }, logger)
  const bytes = new Uint8Array(6)
  for (let i = 0; i < 5; i++) await reader.readInto('/lake/by-ticket', 6, bytes)
  assert.equal(Buffer.from(bytes).toString(), 'ticket')
  assert.equal(warnings.filter((text) => text.includes('data port')).length, 1)
  console.log('the protected data port: read by WebHDFS instead, said once')
}

async function delegationToken({ url, caFile }: { url: string; caFile: string }): Promise<string> {
  const [active] = url.split(',')
  const headers = { authorization: await negotiateHeader('localhost') }
  const body = await new Promise<string>((resolve, reject) => {
    const asked = request(
      `${active}/webhdfs/v1/?op=GETDELEGATIONTOKEN`,
      { headers, ca: readFileSync(caFile) },
      async (answer) => {
        let text = ''
        for await (const chunk of answer) text += chunk
        resolve(text)
      },
    )
    asked.on('error', reject)
    asked.end()
  })
  return (JSON.parse(body) as { Token: { urlString: string } }).Token.urlString
}
