/** Why a text is no moment, with what can be written instead. */
import { AppError } from '../../model/errors.ts'

export const EXAMPLES = `'last monday 7h', 'lundi dernier 7h', '2026-11-16T07', '2026-11-16T07:00Z', '3 hours ago', '3h', 'now'`

/** @param readings what the person may have meant, each as it can be typed */
export function refuse(text: string, why: string, readings: readonly string[] = []): never {
  const advice = readings.length > 0 ? `write ${readings.map((one) => `'${one}'`).join(' or ')}` : `write ${EXAMPLES}`
  throw new AppError('bad-input', `'${text}' ${why}; ${advice}`, { facts: { value: text, readings } })
}
