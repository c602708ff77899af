import { question } from './api.ts'

/** What this server is and allows: asked for every view. */
export const askAbout = question('about')
