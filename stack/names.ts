/** The services and the processes they are made of. A service is what people ask for; a process is what can be killed. */
import { AppError } from '../model/errors.ts'

export const SERVICE_NAMES = ['temporal', 'kafka', 'hdfs', 'mongodb'] as const
export type ServiceName = (typeof SERVICE_NAMES)[number]

/** `temporal`, `mongodb`, `kafka-1`…, `hdfs-namenode`, `hdfs-datanode-1`… */
export type ProcessName = 'temporal' | 'mongodb' | 'hdfs-namenode' | `kafka-${number}` | `hdfs-datanode-${number}`

export interface StackSize {
  /** 1 or 3: a quorum of two loses both when one dies. */
  readonly brokers: number
  readonly datanodes: number
}

/** 1 … count */
export function numbers(count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => i + 1)
}

/** @throws AppError `bad-input` that lists the right names. */
export function parseServices(names: readonly string[]): readonly ServiceName[] {
  for (const name of names) {
    if (!(SERVICE_NAMES as readonly string[]).includes(name)) {
      throw new AppError('bad-input', `no service '${name}': there are ${SERVICE_NAMES.join(', ')}`, {
        facts: { name },
      })
    }
  }
  return SERVICE_NAMES.filter((name) => names.includes(name))
}
