/** HDFS: one NameNode, n DataNodes, WebHDFS on the NameNode's HTTP port. */
import { mkdir, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { runCommand } from '../install/command.ts'
import { installJars } from '../install/jars.ts'
import { requireJava } from '../install/tools.ts'
import { numbers } from '../names.ts'
import { HOST } from '../ports.ts'
import { readBean } from '../probes.ts'
import { formatOnce } from './format-once.ts'
import { hadoopXml, hdfsSettings, LOG4J_SETTINGS, namesFolder } from './hdfs-settings.ts'
import { daemonFlags, FORMAT_FLAGS, FORMAT_TIMEOUT_MS } from './java.ts'
import { dataFolder, installContext, type ProcessSpec, type SpecContext } from './process-spec.ts'

const NAMENODE = 'org.apache.hadoop.hdfs.server.namenode.NameNode'
const DATANODE = 'org.apache.hadoop.hdfs.server.datanode.DataNode'

export function hdfsNamenode(context: SpecContext): ProcessSpec {
  const name = 'hdfs-namenode' as const
  const ports = context.ports.namenode
  const folder = dataFolder(context, name)
  return {
    name,
    service: 'hdfs',
    ports: [
      { process: name, use: 'WebHDFS', port: ports.http },
      { process: name, use: 'RPC', port: ports.rpc },
    ],
    address: `http://${HOST}:${ports.http} (WebHDFS), hdfs://${HOST}:${ports.rpc}`,

    async prepare() {
      const { java, classPath } = await prepareDaemon(context, folder)
      await formatOnce(namesFolder(context), join(folder, 'formatted'), () =>
        runCommand(java, [...FORMAT_FLAGS, '-cp', classPath, NAMENODE, '-format', '-nonInteractive'], {
          environment: context.environment,
          timeoutMs: FORMAT_TIMEOUT_MS,
        }),
      )
      return {
        file: java,
        args: [...flags(context, folder), '-cp', classPath, NAMENODE],
        environment: context.environment,
      }
    },

    async waitsFor() {
      const state = await readBean(ports.http, 'Hadoop:service=NameNode,name=FSNamesystemState')
      if (state === undefined) return `port ${ports.http}`
      if (state['FSState'] !== 'Operational') return `to leave safe mode (is ${state['FSState']})`
      const wanted = numbers(context.size.datanodes).filter((i) => context.isRunning(`hdfs-datanode-${i}`)).length
      const live = Number(state['NumLiveDataNodes'])
      return live >= wanted ? undefined : `DataNodes (${live} of ${wanted})`
    },
  }
}

export function hdfsDatanode(context: SpecContext, node: number): ProcessSpec {
  const name = `hdfs-datanode-${node}` as const
  const ports = context.ports.datanode(node)
  const folder = dataFolder(context, name)
  return {
    name,
    service: 'hdfs',
    ports: [
      { process: name, use: 'HTTP', port: ports.http },
      { process: name, use: 'data', port: ports.data },
      { process: name, use: 'IPC', port: ports.ipc },
    ],
    address: `http://${HOST}:${ports.http}`,

    async prepare() {
      const { java, classPath } = await prepareDaemon(context, folder)
      const own = {
        'dfs.datanode.data.dir': pathToFileURL(join(folder, 'blocks')).href,
        'dfs.datanode.address': `${HOST}:${ports.data}`,
        'dfs.datanode.http.address': `${HOST}:${ports.http}`,
        'dfs.datanode.ipc.address': `${HOST}:${ports.ipc}`,
      }
      const overrides = Object.entries(own).flatMap(([key, value]) => ['-D', `${key}=${value}`])
      return {
        file: java,
        args: [...flags(context, folder), '-cp', classPath, DATANODE, ...overrides],
        environment: context.environment,
      }
    },

    async waitsFor() {
      const info = await readBean(ports.http, 'Hadoop:service=DataNode,name=DataNodeInfo')
      if (info === undefined) return `port ${ports.http}`
      // The NameNode goes on listing a killed DataNode as live for 14 s; only the DataNode itself knows that it has registered.
      const actors = String(info['BPServiceActorInfo'])
      return /"ActorState"\s*:\s*"RUNNING"/.test(actors) && /"NamenodeHaState"\s*:\s*"active"/.test(actors)
        ? undefined
        : 'its registration with the NameNode'
    },
  }
}

/** Installs, writes the daemon's own copy of the settings, and gives what every Hadoop command needs. */
async function prepareDaemon(context: SpecContext, folder: string) {
  const [java, jars] = await Promise.all([
    requireJava(context.environment),
    installJars('hdfs', installContext(context)),
  ])
  const conf = join(folder, 'conf')
  // Hadoop's HTTP server wants these folders on its class path, or it does not start; the jar from Maven has no web pages.
  for (const page of ['hdfs', 'datanode', 'static']) await mkdir(join(conf, 'webapps', page), { recursive: true })
  const { core, hdfs } = hdfsSettings(context)
  await Promise.all([
    writeFile(join(conf, 'core-site.xml'), hadoopXml(core)),
    writeFile(join(conf, 'hdfs-site.xml'), hadoopXml(hdfs)),
    writeFile(join(conf, 'log4j.properties'), LOG4J_SETTINGS),
  ])
  return { java, classPath: `${conf}${delimiter}${join(jars, '*')}` }
}

function flags(context: SpecContext, folder: string): readonly string[] {
  return [
    ...daemonFlags(context.heapMb),
    '-XX:TieredStopAtLevel=1',
    '-XX:MaxMetaspaceSize=128m',
    `-Dhadoop.log.dir=${folder}`,
  ]
}
