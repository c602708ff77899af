/** Structured logs of the workers: JSON lines on standard error (standard output belongs to answers). */
import pino from 'pino'
import type { Logger } from '../model/log.ts'
import type { Config } from './config.ts'

/** @param warnings what reading the configuration has to say: once a process, as its first lines */
export function createLogger(config: Pick<Config, 'log'>, worker: string, warnings: readonly string[] = []): Logger {
  const logger = pino(
    { level: config.log.level, base: { worker, pid: process.pid } },
    pino.destination({ dest: 2, sync: true }),
  )
  for (const warning of warnings) logger.warn({}, warning)
  return logger
}
