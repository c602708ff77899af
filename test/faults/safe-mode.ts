/** HDFS in safe mode, as an administrator puts it there: `hdfs dfsadmin -safemode`, run from the jars that the NameNode runs from. */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import type { Stack } from '../../stack/stack.ts'

const run = promisify(execFile)
const DFS_ADMIN = 'org.apache.hadoop.hdfs.tools.DFSAdmin'

export async function safeMode(stack: Stack, change: 'enter' | 'leave'): Promise<void> {
  const namenode = stack.service('hdfs-namenode')
  const rpc = /hdfs:\/\/\S+/.exec((await stack.status()).find(({ name }) => name === namenode.name)!.address)![0]
  const command = (await readFile(`/proc/${namenode.pid()}/cmdline`, 'utf8')).split('\0')
  const classPath = command[command.indexOf('-cp') + 1]!
  const { stdout } = await run(command[0]!, ['-cp', classPath, DFS_ADMIN, '-fs', rpc, '-safemode', change])
  const wanted = change === 'enter' ? 'ON' : 'OFF'
  if (!stdout.includes(`Safe mode is ${wanted}`)) throw new Error(`safe mode did not become ${wanted}: ${stdout}`)
}
