/**
 * Real HDFS as clusters have it: two NameNodes that share their edits, one of them active, one DataNode, https only, permissions
 * on; with `kerberos`, who one is is proven by tickets, and the data port speaks SASL.
 */
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { runCommand } from '../../stack/install/command.ts'
import { installJars } from '../../stack/install/jars.ts'
import { requireJava } from '../../stack/install/tools.ts'
import { silentReporter } from '../../stack/reporter.ts'
import { hadoopXml, LOG4J_SETTINGS } from '../../stack/services/hdfs-settings.ts'
import { daemonFlags, FORMAT_FLAGS } from '../../stack/services/java.ts'
import { serverPorts, testSettings } from '../test-settings.ts'
import { type Authority, createAuthority } from './certificates.ts'
import { type Child, startChild } from './child.ts'
import { type Kdc, REALM, startKdc } from './kdc.ts'

export interface HdfsCluster extends AsyncDisposable {
  readonly authority: Authority
  /** https addresses of the NameNodes; the first one is active at the start. */
  readonly nameNodes: readonly [string, string]
  readonly superuser: string
  readonly kdc: Kdc | undefined
  /** Ends the first NameNode (SIGKILL). */
  killFirst(): Promise<void>
  makeSecondActive(): Promise<void>
}

const PASSWORD = 'store-password'
const NAME_NODE = 'org.apache.hadoop.hdfs.server.namenode.NameNode'
const DATA_NODE = 'org.apache.hadoop.hdfs.server.datanode.DataNode'

export async function startHdfsCluster(options: { readonly kerberos?: boolean } = {}): Promise<HdfsCluster> {
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'tendance-hdfs-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const authority = await createAuthority(folder)
  const server = await authority.sign('hdfs', ['localhost', '127.0.0.1'])
  const { cacheDir, environment } = testSettings()
  const [java, jars] = await Promise.all([
    requireJava(environment),
    installJars('hdfs', { cacheDir, environment, reporter: silentReporter }),
  ])
  const keyStore = join(folder, 'server.p12')
  const trustStore = join(folder, 'trust.p12')
  await runCommand(
    'openssl',
    ['pkcs12', '-export', '-in', server.storeFile, '-out', keyStore, '-passout', `pass:${PASSWORD}`, '-name', 'hdfs'],
    { environment },
  )
  const trust = ['-importcert', '-noprompt', '-alias', 'authority', '-file', authority.caFile]
  await runCommand('keytool', [...trust, '-keystore', trustStore, '-storetype', 'PKCS12', '-storepass', PASSWORD], {
    environment,
  })
  const kdc = options.kerberos ? stack.use(await startKdc(join(folder, 'kdc'))) : undefined
  const keyTab = kdc && (await kdc.keyTab('services', ['nn/localhost', 'dn/localhost', 'HTTP/localhost']))
  const superuser = kdc ? 'nn' : 'hdfs'

  const [rpc1, rpc2, https1, https2, data, dataHttps, ipc] = serverPorts('hdfs', 7)
  const store = (kind: 'keystore' | 'truststore', path: string) => [
    [`.${kind}.location`, path],
    [`.${kind}.password`, PASSWORD],
    [`.${kind}.type`, 'pkcs12'],
  ]
  const ssl = (side: string) =>
    hadoopXml({
      ...Object.fromEntries(
        [...store('keystore', keyStore), ...store('truststore', trustStore)].map(([key, value]) => [
          `ssl.${side}${key}`,
          value!,
        ]),
      ),
      [`ssl.${side}.keystore.keypassword`]: PASSWORD,
    })
  const core = {
    'fs.defaultFS': 'hdfs://lab',
    'hadoop.tmp.dir': join(folder, 'tmp'),
    'hadoop.ssl.hostname.verifier': 'DEFAULT',
    ...(keyTab && {
      'hadoop.security.authentication': 'kerberos',
      'hadoop.security.authorization': true,
      'hadoop.http.authentication.type': 'kerberos',
      'hadoop.http.authentication.kerberos.principal': `HTTP/localhost@${REALM}`,
      'hadoop.http.authentication.kerberos.keytab': keyTab,
    }),
  }
  const kerberos = keyTab && {
    'dfs.block.access.token.enable': true,
    'dfs.data.transfer.protection': 'authentication',
    ...Object.fromEntries(
      (
        [
          ['namenode', 'nn'],
          ['datanode', 'dn'],
        ] as const
      ).flatMap(([daemon, user]) => [
        [`dfs.${daemon}.kerberos.principal`, `${user}/localhost@${REALM}`],
        [`dfs.${daemon}.keytab.file`, keyTab],
      ]),
    ),
    'dfs.web.authentication.kerberos.principal': `HTTP/localhost@${REALM}`,
    'dfs.web.authentication.kerberos.keytab': keyTab,
  }
  const hdfs = {
    'dfs.nameservices': 'lab',
    'dfs.ha.namenodes.lab': 'nn1,nn2',
    'dfs.namenode.rpc-address.lab.nn1': `localhost:${rpc1}`,
    'dfs.namenode.rpc-address.lab.nn2': `localhost:${rpc2}`,
    'dfs.namenode.https-address.lab.nn1': `localhost:${https1}`,
    'dfs.namenode.https-address.lab.nn2': `localhost:${https2}`,
    'dfs.namenode.shared.edits.dir': pathToFileURL(join(folder, 'shared-edits')).href,
    'dfs.client.failover.proxy.provider.lab':
      'org.apache.hadoop.hdfs.server.namenode.ha.ConfiguredFailoverProxyProvider',
    'dfs.ha.fencing.methods': 'shell(/bin/true)',
    'dfs.ha.tail-edits.period': '1s',
    'dfs.http.policy': 'HTTPS_ONLY',
    'dfs.permissions.enabled': true,
    'dfs.permissions.superusergroup': 'hdfs',
    'dfs.replication': 1,
    'dfs.datanode.hostname': 'localhost',
    'dfs.datanode.address': `127.0.0.1:${data}`,
    'dfs.datanode.https.address': `127.0.0.1:${dataHttps}`,
    'dfs.datanode.ipc.address': `127.0.0.1:${ipc}`,
    'dfs.datanode.data.dir': pathToFileURL(join(folder, 'blocks')).href,
    'dfs.namenode.datanode.registration.ip-hostname-check': false,
    'dfs.namenode.safemode.extension': 0,
    'dfs.heartbeat.interval': 1,
    'dfs.blockreport.initialDelay': 0,
    'dfs.client.block.write.locateFollowingBlock.initial.delay.ms': 5,
    'dfs.client.block.write.locateFollowingBlock.retries': 12,
    ...kerberos,
  }

  const krb5 = kdc ? [`-Djava.security.krb5.conf=${kdc.configFile}`] : []
  const java17 = ['--add-opens=java.base/java.lang=ALL-UNNAMED']
  const variables = { HADOOP_USER_NAME: superuser, ...kdc?.environment }
  const prepare = async (name: string, own: Readonly<Record<string, string>>): Promise<readonly string[]> => {
    const conf = join(folder, name, 'conf')
    for (const page of ['hdfs', 'datanode', 'static']) await mkdir(join(conf, 'webapps', page), { recursive: true })
    await writeFile(join(conf, 'core-site.xml'), hadoopXml(core))
    await writeFile(join(conf, 'hdfs-site.xml'), hadoopXml({ ...hdfs, ...own }))
    await writeFile(join(conf, 'ssl-server.xml'), ssl('server'))
    await writeFile(join(conf, 'ssl-client.xml'), ssl('client'))
    await writeFile(join(conf, 'log4j.properties'), LOG4J_SETTINGS.replace('rootLogger=WARN', 'rootLogger=INFO'))
    return [...krb5, ...java17, '-cp', `${conf}${delimiter}${join(jars, '*')}`]
  }
  const names = (id: string) => join(folder, id, 'names')
  const ofNameNode = (id: string) => ({
    'dfs.ha.namenode.id': id,
    'dfs.namenode.name.dir': pathToFileURL(names(id)).href,
  })
  const first = await prepare('nn1', ofNameNode('nn1'))
  const second = await prepare('nn2', ofNameNode('nn2'))
  const node = await prepare('dn', {})
  await runCommand(java, [...FORMAT_FLAGS, ...first, NAME_NODE, '-format', '-nonInteractive'], {
    environment: { ...environment, ...variables },
    timeoutMs: 60_000,
  })
  await cp(names('nn1'), names('nn2'), { recursive: true })

  const start = async (id: string, words: readonly string[], ready: RegExp): Promise<Child> => {
    const child = await startChild({
      file: java,
      args: [...daemonFlags(200), '-XX:TieredStopAtLevel=1', `-Dhadoop.log.dir=${folder}`, ...words],
      cwd: join(folder, id),
      logFile: join(folder, `${id}.log`),
      environment: variables,
      isReady: (log) => ready.test(log()),
    })
    return stack.use(child)
  }
  const makeActive = async (id: string) =>
    runCommand(
      java,
      [
        ...FORMAT_FLAGS,
        ...first,
        'org.apache.hadoop.hdfs.tools.DFSHAAdmin',
        '-ns',
        'lab',
        '-transitionToActive',
        '--forceactive',
        id,
      ],
      {
        environment: { ...environment, ...variables, ...(await kdc?.login('nn/localhost', keyTab!)) },
        timeoutMs: 60_000,
      },
    )
  const up = /Starting services required for standby state|NameNode RPC up/
  // all are waited for, also when one does not come up: else what came up would outlive the test
  const started = await Promise.allSettled([
    start('nn1', [...first, NAME_NODE], up),
    start('nn2', [...second, NAME_NODE], up),
    start('dn', [...node, DATA_NODE], /successfully registered with NN/),
  ])
  for (const each of started) if (each.status === 'rejected') throw each.reason
  const [one] = started.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
  await makeActive('nn1')
  const own = stack.move()
  return {
    authority,
    nameNodes: [`https://localhost:${https1}`, `https://localhost:${https2}`],
    superuser,
    kdc,
    killFirst: () => one!.kill(),
    makeSecondActive: async () => {
      await makeActive('nn2')
    },
    [Symbol.asyncDispose]: () => own.disposeAsync(),
  }
}
