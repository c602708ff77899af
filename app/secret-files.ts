/**
 * Secrets from files, as Docker and Kubernetes hand them over: `TENDANCE_KAFKA_PASSWORD_FILE=/run/secrets/kafka` says the same as
 * `TENDANCE_KAFKA_PASSWORD=…`, and neither the environment nor a process list shows the secret.
 */
import { readFileSync } from 'node:fs'
import { AppError, messageOf } from '../model/errors.ts'

/** `TENDANCE_KAFKA_PASSWORD` → `TENDANCE_KAFKA_PASSWORD_FILE`. */
export const fileVariable = (name: string) => `${name}_FILE`
/** `password` → `passwordFile`, for the configuration file. */
export const fileKey = (key: string) => `${key}File`

export interface Given {
  readonly raw: unknown
  /** Where it stands: `environment TENDANCE_KAFKA_PASSWORD_FILE`, `file tendance.json`. */
  readonly origin: `environment ${string}` | `file ${string}`
}

/**
 * The value that one of two places gives: the setting itself, or the file that a second setting names.
 * @throws AppError `bad-config` when both are given, or the file cannot be read or is empty
 */
export function eitherOr(
  direct: { readonly name: string; readonly raw: unknown; readonly origin: Given['origin'] },
  inFile: { readonly name: string; readonly path: unknown; readonly origin: Given['origin'] },
): Given | undefined {
  const { raw } = direct
  const { path } = inFile
  const given = (value: unknown) => value !== undefined && value !== ''
  if (given(raw) && given(path)) {
    throw new AppError(
      'bad-config',
      `both ${direct.name} and ${inFile.name} are set, and only one can be meant: take one of them away`,
      { facts: { names: [direct.name, inFile.name] } },
    )
  }
  if (given(path)) return { raw: readSecret(inFile.name, String(path)), origin: inFile.origin }
  return given(raw) ? { raw, origin: direct.origin } : undefined
}

/** The file's text without the newline that editors and `echo` put at its end. */
function readSecret(name: string, path: string): string {
  const fail = (why: string, cause?: unknown): never => {
    throw new AppError('bad-config', `${name} names the file '${path}', which ${why}`, { cause, facts: { name, path } })
  }
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    return fail(`cannot be read (${messageOf(error)})`, error)
  }
  const secret = text.replace(/[\r\n]+$/, '')
  return secret === '' ? fail('is empty') : secret
}
