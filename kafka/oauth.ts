/**
 * Access tokens for SASL/OAUTHBEARER, by OAuth 2's client credentials grant (RFC 6749, section 4.4).
 *
 * On node:https, because fetch cannot be given an authority of one's own. The client names itself by HTTP Basic, which every token
 * server must understand (section 2.3.1).
 */
import http from 'node:http'
import https from 'node:https'
import { AppError, messageOf } from '../model/errors.ts'
import type { Clock } from '../model/time.ts'

export interface OAuthSettings {
  readonly tokenUrl: string
  readonly clientId: string
  readonly clientSecret: string
  readonly scope: string | undefined
  /** PEM: trusted besides the authorities that Node trusts. undefined: only those. */
  readonly ca: readonly string[] | undefined
}

interface Token {
  readonly value: string
  /** From here on a new one is fetched. */
  readonly renewAt: number
  readonly endsAt: number
}

/** A token is renewed when this part of its life is over… */
const RENEW_AFTER = 0.8
/**
 * …or when only this much is left. A broker ends a session with its token, and kafkajs authenticates again ten seconds before that:
 * given a token that ends so soon, it would do so again at once, which brokers refuse (once a second is the most).
 */
const RENEW_BEFORE_MS = 30_000
/** What a server that does not say how long its token lives is taken to mean. */
const LIFE_S = 300
const SILENCE_MS = 10_000
const BODY_CHARS_MAX = 1_000_000

/**
 * A function that gives a token which is good now: the one it has, or a new one. Calls at the same time share one request.
 * @throws AppError `denied` when the server refuses the client, `unavailable` when it does not answer and no token is left
 */
export function createTokenSource(settings: OAuthSettings, clock: Clock): () => Promise<string> {
  let token: Token | undefined
  let fetching: Promise<Token> | undefined
  return async () => {
    if (token && clock() < token.renewAt) return token.value
    fetching ??= fetchToken(settings, clock).finally(() => {
      fetching = undefined
    })
    try {
      token = await fetching
    } catch (error) {
      // an early renewal may fail: the token in hand is still good
      if (!token || clock() >= token.endsAt) throw error
    }
    return token.value
  }
}

async function fetchToken(settings: OAuthSettings, clock: Clock): Promise<Token> {
  const { tokenUrl, clientId, clientSecret, scope, ca } = settings
  const body = new URLSearchParams({ grant_type: 'client_credentials', ...(scope ? { scope } : {}) }).toString()
  // RFC 6749 wants both parts form-encoded before they are joined, so that a colon or an umlaut in a secret survives
  const encoded = (text: string) => encodeURIComponent(text).replaceAll('%20', '+')
  const credentials = Buffer.from(`${encoded(clientId)}:${encoded(clientSecret)}`).toString('base64')
  const facts = { tokenUrl, clientId }
  const askedAt = clock()
  let answer: Answer
  try {
    answer = await post(tokenUrl, body, credentials, ca)
  } catch (error) {
    throw new AppError(
      'unavailable',
      `the token server at ${tokenUrl} does not answer (${messageOf(error)}): Kafka's clients get their OAuth token there; see TENDANCE_KAFKA_OAUTH_TOKEN_URL`,
      { cause: error, facts },
    )
  }
  const said = parseAnswer(answer.body)
  if (answer.status !== 200 || typeof said.access_token !== 'string') {
    const why = said.error ? `${said.error} ${said.error_description ?? ''}`.trim() : `no access_token in its answer`
    throw new AppError(
      answer.status >= 500 || answer.status === 429 ? 'unavailable' : 'denied',
      `the token server at ${tokenUrl} gives client '${clientId}' no token: HTTP ${answer.status}, ${why}; check TENDANCE_KAFKA_OAUTH_CLIENT_ID, …_CLIENT_SECRET and …_SCOPE`,
      { facts: { ...facts, status: answer.status } },
    )
  }
  const lifeMs = 1_000 * (Number(said.expires_in) || LIFE_S)
  return {
    value: said.access_token,
    renewAt: askedAt + Math.min(RENEW_AFTER * lifeMs, lifeMs - RENEW_BEFORE_MS),
    endsAt: askedAt + lifeMs,
  }
}

interface Answer {
  readonly status: number
  readonly body: string
}

function parseAnswer(body: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(body)
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

function post(url: string, body: string, credentials: string, ca: readonly string[] | undefined): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = {
      method: 'POST',
      timeout: SILENCE_MS,
      headers: {
        authorization: `Basic ${credentials}`,
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': Buffer.byteLength(body),
        accept: 'application/json',
      },
    }
    const take = async (response: http.IncomingMessage): Promise<Answer> => {
      let text = ''
      for await (const chunk of response.setEncoding('utf8')) {
        text += chunk
        if (text.length > BODY_CHARS_MAX) throw new Error('an answer of more than a megabyte')
      }
      return { status: response.statusCode ?? 0, body: text }
    }
    const onResponse = (response: http.IncomingMessage) => void take(response).then(resolve, reject)
    const request = url.startsWith('https:')
      ? https.request(url, { ...options, ...(ca ? { ca: [...ca] } : {}) }, onResponse)
      : http.request(url, options, onResponse)
    request.on('timeout', () => request.destroy(new Error(`silent for ${SILENCE_MS / 1_000} s`)))
    request.on('error', reject)
    request.end(body)
  })
}
