/** Which processes a stack is made of, in the order in which people list them. */
import { AppError } from '../../model/errors.ts'
import { numbers, type ServiceName } from '../names.ts'
import { hdfsDatanode, hdfsNamenode } from './hdfs.ts'
import { kafkaBroker } from './kafka.ts'
import { mongodbServer } from './mongodb.ts'
import type { ProcessSpec, SpecContext } from './process-spec.ts'
import { temporalServer } from './temporal.ts'

export function planProcesses(context: SpecContext, services: readonly ServiceName[]): readonly ProcessSpec[] {
  return services.flatMap((service) => processesOf(context, service))
}

function processesOf(context: SpecContext, service: ServiceName): readonly ProcessSpec[] {
  switch (service) {
    case 'temporal':
      return [temporalServer(context)]
    case 'kafka':
      return numbers(context.size.brokers).map((i) => kafkaBroker(context, i))
    case 'hdfs':
      return [hdfsNamenode(context), ...numbers(context.size.datanodes).map((i) => hdfsDatanode(context, i))]
    case 'mongodb':
      // Somebody's own MongoDB is used, never started or stopped.
      return context.mongodbUri !== undefined ? [] : [mongodbServer(context)]
    default:
      throw new AppError('internal', `no such service: ${service satisfies never}`)
  }
}
