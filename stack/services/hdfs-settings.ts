/** HDFS's settings: what differs from Hadoop's defaults, each with the reason. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { HOST } from '../ports.ts'
import { osUser } from './java.ts'
import { dataFolder, type SpecContext } from './process-spec.ts'

type Settings = Readonly<Record<string, string | number | boolean>>

export function hdfsSettings(context: Pick<SpecContext, 'dataDir' | 'ports' | 'size'>): {
  readonly core: Settings
  readonly hdfs: Settings
} {
  const { namenode } = context.ports
  return {
    core: {
      'fs.defaultFS': `hdfs://${HOST}:${namenode.rpc}`,
      'hadoop.tmp.dir': join(context.dataDir, 'hdfs-tmp'),
      'hadoop.http.staticuser.user': osUser(),
      'io.file.buffer.size': 1024 * 1024, // what a DataNode sends at once; in packets of 64 KB, the default, a read costs it a tenth more
    },
    hdfs: {
      'dfs.namenode.name.dir': pathToFileURL(namesFolder(context)).href,
      'dfs.namenode.rpc-address': `${HOST}:${namenode.rpc}`,
      'dfs.namenode.http-address': `${HOST}:${namenode.http}`,
      'dfs.replication': Math.min(context.size.datanodes, 3),
      'dfs.datanode.hostname': HOST, // stands in WebHDFS's redirects
      'dfs.namenode.datanode.registration.ip-hostname-check': false,
      // user.name= is not authenticated, so permissions would protect nothing; the loopback does.
      'dfs.permissions.enabled': false,
      'dfs.namenode.safemode.extension': 0, // 30 s of pure waiting otherwise
      'dfs.namenode.safemode.min.datanodes': 1, // or an empty namespace leaves safe mode before it can store anything
      'dfs.heartbeat.interval': 1,
      // A dead DataNode is known after 2 × 2 s + 10 × 1 s; by default it is offered to writers for 10.5 minutes.
      'dfs.namenode.heartbeat.recheck-interval': 2_000,
      'dfs.namenode.stale.datanode.interval': 3_000,
      'dfs.namenode.avoid.read.stale.datanode': true,
      'dfs.namenode.avoid.write.stale.datanode': true,
      'dfs.client.block.write.replace-datanode-on-failure.policy': 'NEVER',
      // Closing a file asks whether its last block is reported, before the report is in, then sleeps this long: 400 ms by
      // default, which makes 13 small files a second; 5 ms makes 60 to 100.
      'dfs.client.block.write.locateFollowingBlock.initial.delay.ms': 5,
      'dfs.client.block.write.locateFollowingBlock.retries': 12,
      'dfs.datanode.du.reserved': 0,
      'dfs.blockreport.initialDelay': 0,
    },
  }
}

/** Where the NameNode keeps its image and edits. */
export function namesFolder(context: Pick<SpecContext, 'dataDir'>): string {
  return join(dataFolder(context, 'hdfs-namenode'), 'names')
}

export const LOG4J_SETTINGS = `log4j.rootLogger=WARN,out
log4j.appender.out=org.apache.log4j.ConsoleAppender
log4j.appender.out.target=System.err
log4j.appender.out.layout=org.apache.log4j.PatternLayout
log4j.appender.out.layout.ConversionPattern=%d{HH:mm:ss.SSS} %p %c{2}: %m%n
log4j.logger.org.apache.hadoop.util.NativeCodeLoader=ERROR
`

export function hadoopXml(settings: Settings): string {
  const properties = Object.entries(settings).map(
    ([name, value]) =>
      `  <property><name>${escapeXml(name)}</name><value>${escapeXml(String(value))}</value></property>\n`,
  )
  return `<configuration>\n${properties.join('')}</configuration>\n`
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
