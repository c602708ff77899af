/** Structured logs of the workers: JSON lines on standard error (standard output belongs to answers). */
import pino from 'pino'
import type { Logger } from '../model/log.ts'
import type { Config } from './config.ts'

export function createLogger(config: Pick<Config, 'log'>, worker: string): Logger {
  return pino(
    { level: config.log.level, base: { worker, pid: process.pid } },
    pino.destination({ dest: 2, sync: true }),
  )
}
