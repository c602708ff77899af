import { en, type Text } from './en.ts'
import { fr } from './fr.ts'
import type { Language } from './languages.ts'

export const texts: Readonly<Record<Language, Text>> = { en, fr }
