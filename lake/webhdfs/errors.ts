/**
 * What HDFS says, as ours. The exception's name decides, not the HTTP status: 403 covers safe mode, quota, permission and a
 * read behind the end alike.
 */
import { connectionFailure } from '../../model/connection-failure.ts'
import { AppError, type ErrorCode, isAppError, messageOf } from '../../model/errors.ts'

export interface HdfsCall {
  readonly op: string
  readonly path: string
  readonly address: string
}

/**
 * By the simple name of the Java exception. What is not here may succeed later: besides its own, HDFS passes on what its parts meet
 * with each other (SocketException, EOFException, IOException in many wordings: no DataNode to write to, none that has the block…).
 */
const CODE_OF: Readonly<Record<string, readonly [ErrorCode, advice: string]>> = {
  FileNotFoundException: ['not-found', ''],
  FileAlreadyExistsException: ['exists', ''],
  SafeModeException: ['unavailable', 'it leaves safe mode when its DataNodes have reported'],
  StandbyException: [
    'unavailable',
    'this NameNode is on standby: name all of them in TENDANCE_LAKE_URL, with commas, and the active one is found',
  ],
  BlockMissingException: ['unavailable', 'no DataNode that holds it answers: are all of them up?'],
  AccessControlException: ['denied', 'give the user of TENDANCE_LAKE_USER the right to it'],
  DSQuotaExceededException: ['denied', 'raise the space quota or delete'],
  NSQuotaExceededException: ['denied', 'raise the name quota or delete'],
  QuotaExceededException: ['denied', 'raise the quota or delete'],
  SecurityException: [
    'denied',
    'the cluster does not know who asks: see TENDANCE_LAKE_KERBEROS and TENDANCE_LAKE_DELEGATION_TOKEN',
  ],
  PathIsNotEmptyDirectoryException: ['conflict', ''],
  ParentNotDirectoryException: ['conflict', 'a file is where a directory must be'],
  IllegalArgumentException: ['internal', ''],
  HadoopIllegalArgumentException: ['internal', ''],
  InvalidPathException: ['internal', ''],
  UnsupportedOperationException: ['internal', ''],
}

/** Behind the end of the file: HDFS refuses what others answer with nothing. */
const BEHIND_END = /out of the range/i

/** A rename of a file onto a directory, or the other way round. */
const OTHER_KIND = /must both be directories|must be a directory|must be a file/i

interface RemoteException {
  readonly exception: string
  readonly message: string
}

export function remoteError(call: HdfsCall, status: number, body: string): AppError {
  const { exception, message } = remoteException(body) ?? { exception: `HTTP ${status}`, message: body.slice(0, 200) }
  const [code, advice] = codeOf(exception, message, status)
  const text = `HDFS at ${call.address}: ${call.op} ${call.path}: ${exception}: ${message.split('\n')[0]}`
  return new AppError(code, advice ? `${text}; ${advice}` : text, {
    facts: { ...call, status, exception, behindEnd: BEHIND_END.test(message) },
  })
}

function codeOf(exception: string, message: string, status: number): readonly [ErrorCode, string] {
  const known = CODE_OF[exception]
  if (known) return known
  if (exception === 'HTTP 401') {
    return ['denied', 'it asks who we are: set TENDANCE_LAKE_KERBEROS=true, or for a gateway TENDANCE_LAKE_PASSWORD']
  }
  if (OTHER_KIND.test(message)) return ['exists', '']
  if (BEHIND_END.test(message)) return ['internal', '']
  // an answer without an exception is not HDFS's: a proxy's, or another program's at this address
  if (exception.startsWith('HTTP ') && status < 500) return ['internal', 'is this a NameNode? See TENDANCE_LAKE_URL']
  return ['unavailable', 'are its DataNodes up, with room on their disks?']
}

function remoteException(body: string): RemoteException | undefined {
  try {
    const { RemoteException: found } = JSON.parse(body) as { RemoteException?: Partial<RemoteException> }
    return found?.exception ? { exception: found.exception, message: found.message ?? '' } : undefined
  } catch {
    return undefined
  }
}

/** No answer at all: refused, reset, timed out, aborted by us. */
export function connectionError(call: HdfsCall, error: unknown, signal?: AbortSignal): AppError {
  if (isAppError(error)) return error
  if (signal?.aborted) return new AppError('cancelled', `${call.op} ${call.path} was cancelled`, { cause: error })
  const settings = { ...SETTINGS, tls: 'https:// in TENDANCE_LAKE_URL' }
  const tls = call.address.startsWith('https:')
  const failure = connectionFailure(error, { service: 'HDFS', address: call.address, tls, settings })
  const text = failure?.text ?? `${messageOf(error)}: is it up, and is TENDANCE_LAKE_URL right?`
  return new AppError('unavailable', `HDFS does not answer at ${call.address} (${call.op} ${call.path}): ${text}`, {
    cause: error,
    facts: { ...call, exception: (error as NodeJS.ErrnoException).code ?? 'Error' },
  })
}

const SETTINGS = {
  address: 'TENDANCE_LAKE_URL',
  ca: 'TENDANCE_LAKE_CA_FILE',
  clientCertificate: 'TENDANCE_LAKE_CERT_FILE',
} as const
