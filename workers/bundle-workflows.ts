/** `bundle-workflows.ts FOLDER OUT`: bundles the workflows of the project at FOLDER into the script OUT. A program of its own (workflow-bundle.ts says why). */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker'

const [folder, out] = process.argv.slice(2)
if (!folder || !out) throw new Error('usage: bundle-workflows.ts FOLDER OUT')
const { code } = await bundleWorkflowCode({
  workflowsPath: join(folder, 'workflows', 'index.ts'),
  logger: new DefaultLogger('WARN'),
})
await writeFile(out, code)
