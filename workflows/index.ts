/** The registry of workflows: a new one is a file beside this and a line here. Their names are temporal/names.ts's types. */
export { cleanup } from './cleanup.ts'
export { compact } from './compact.ts'
export { hourly } from './hourly.ts'
export { preview } from './preview.ts'
export { rebuild } from './rebuild.ts'
export { recompute } from './recompute.ts'
export { verify } from './verify.ts'
