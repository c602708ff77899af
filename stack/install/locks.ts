/** Where the lock files lie that pin what is installed. */
import { fileURLToPath } from 'node:url'

export const LOCKS = fileURLToPath(new URL('../locks/', import.meta.url))
