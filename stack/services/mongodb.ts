/**
 * The MongoDB-protocol store: `mongod` when there is one on the PATH (as a replica set of one, so that w: majority means
 * on disk), else the embedded store. With a MongoDB of somebody's own there is no process at all (see plan.ts).
 */
import { mkdir } from 'node:fs/promises'
import { type Db, MongoClient, MongoServerError } from 'mongodb'
import { installEmbeddedStore } from '../install/embedded-store.ts'
import { findOnPath } from '../install/tools.ts'
import { HOST } from '../ports.ts'
import { acceptsConnections } from '../probes.ts'
import { dataFolder, installContext, type ProcessSpec, type RunCommand, type SpecContext } from './process-spec.ts'

const REPLICA_SET = 'rs0'
const ANSWER_MS = 2_000
/** Without it acknowledged writes are lost on kill -9; with it 0 of 4.4 million in 140 kills. */
const DURABLE = 'transaction_sync=(enabled=true,method=none),checkpoint=(wait=30,log_size=256MB)'

export function mongodbUri(port: number): string {
  return `mongodb://${HOST}:${port}/?directConnection=true`
}

export function mongodbServer(context: SpecContext): ProcessSpec {
  const name = 'mongodb' as const
  const port = context.ports.mongodb.client
  const folder = dataFolder(context, name)
  const mongod = findOnPath(context.environment, 'mongod')
  return {
    name,
    service: 'mongodb',
    ports: [{ process: name, use: 'clients', port }],
    address: `${mongodbUri(port)} (${mongod ?? 'embedded store'})`,

    async prepare(): Promise<RunCommand> {
      await mkdir(folder, { recursive: true })
      if (mongod !== undefined) {
        const args = ['--dbpath', folder, '--bind_ip', HOST, '--port', String(port), '--replSet', REPLICA_SET]
        return { file: mongod, args, environment: context.environment }
      }
      const file = await installEmbeddedStore(installContext(context))
      const options = {
        host: HOST,
        port,
        'storage-path': folder,
        'log-level': 'WARNING',
        'cache-size': '1G',
        'log-file-max': '64MB',
      }
      const args = Object.entries(options).flatMap(([option, value]) => [`--${option}`, String(value)])
      return { file, args, environment: { ...context.environment, WIREDTIGER_CONFIG: DURABLE } }
    },

    async waitsFor() {
      if (!(await acceptsConnections(port))) return `port ${port}`
      return asking(port, async (admin) => {
        if (mongod !== undefined) await initiateReplicaSet(admin, port)
        const { isWritablePrimary } = await admin.command({ hello: 1 })
        return isWritablePrimary === false ? 'an election' : undefined
      }).catch((error: Error) => `an answer (${error.message})`)
    },
  }
}

async function asking<T>(port: number, question: (admin: Db) => Promise<T>): Promise<T> {
  const client = new MongoClient(mongodbUri(port), {
    serverSelectionTimeoutMS: ANSWER_MS,
    socketTimeoutMS: ANSWER_MS,
    monitorCommands: false,
  })
  try {
    return await question(client.db('admin'))
  } finally {
    await client.close()
  }
}

/** Makes the new `mongod` a replica set of one, or moves the set to the port that it now has. */
async function initiateReplicaSet(admin: Db, port: number): Promise<void> {
  const member = { _id: 0, host: `${HOST}:${port}` }
  try {
    const { config } = await admin.command({ replSetGetConfig: 1 })
    if (config.members[0].host === member.host) return
    const moved = { ...config, version: config.version + 1, members: [{ ...config.members[0], ...member }] }
    await admin.command({ replSetReconfig: moved, force: true })
  } catch (error) {
    const isNew = error instanceof MongoServerError && error.codeName === 'NotYetInitialized'
    if (!isNew) throw error
    await admin.command({ replSetInitiate: { _id: REPLICA_SET, members: [member] } })
  }
}
