/** The main of a thread that does not do its job: it ends at the first one, by an error or by leaving, as its settings say. */
import { parentPort, workerData } from 'node:worker_threads'

parentPort?.on('message', () => {
  if (workerData.lake.user === 'leaves') process.exit(3)
  throw new Error('this thread was made to fail')
})
