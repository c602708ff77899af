/** Small questions to a service that may not be up yet: an answer, or undefined. */
import { request } from 'node:http'
import { connect } from 'node:net'
import { HOST } from './ports.ts'

const PROBE_MS = 2_000
const BODY_CHARS_MAX = 1_000_000

export async function acceptsConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: HOST, port, timeout: PROBE_MS })
    const answer = (accepted: boolean) => {
      socket.destroy()
      resolve(accepted)
    }
    socket.once('connect', () => answer(true))
    socket.once('error', () => answer(false))
    socket.once('timeout', () => answer(false))
  })
}

/** The attributes of one bean of a Hadoop daemon's `/jmx`, or undefined when it does not answer with it. */
export async function readBean(port: number, bean: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  const body = await get(port, `/jmx?qry=${encodeURIComponent(bean)}`)
  if (body === undefined) return undefined
  try {
    const { beans } = JSON.parse(body) as { beans?: readonly Readonly<Record<string, unknown>>[] }
    return beans?.[0]
  } catch {
    return undefined
  }
}

async function get(port: number, path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const asked = request({ host: HOST, port, path, agent: false, timeout: PROBE_MS }, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        body = (body + chunk).slice(0, BODY_CHARS_MAX)
      })
      response.on('end', () => resolve(response.statusCode === 200 ? body : undefined))
      response.on('error', () => resolve(undefined))
    })
    asked.on('error', () => resolve(undefined))
    asked.on('timeout', () => asked.destroy())
    asked.end()
  })
}
