/**
 * Kerberos over HTTP (SPNEGO, RFC 4559), by the package `kerberos`, which is a bridge to the system's own library and is compiled when it
 * is installed. So it is not among Tendance's packages: who needs it installs it beside them.
 *
 * The library finds who we are by itself: a ticket of `kinit`, or the key table that KRB5_CLIENT_KTNAME names, from which it gets
 * tickets and renews them for as long as the process runs.
 */
import { AppError, messageOf } from '../../model/errors.ts'

interface KerberosClient {
  step(challenge: string): Promise<string>
}
interface Kerberos {
  initializeClient(service: string, options: { readonly mechOID: number }): Promise<KerberosClient>
  readonly GSS_MECH_OID_SPNEGO: number
}

/** A header for one request to `host`. @throws AppError `bad-config` without the package, `denied` without a ticket */
export async function negotiateHeader(host: string): Promise<string> {
  const kerberos = await loadKerberos()
  try {
    const client = await kerberos.initializeClient(`HTTP@${host}`, { mechOID: kerberos.GSS_MECH_OID_SPNEGO })
    return `Negotiate ${await client.step('')}`
  } catch (error) {
    throw new AppError(
      'denied',
      `Kerberos gives no ticket for HTTP@${host} (${messageOf(error)}): run 'kinit', or name a key table by KRB5_CLIENT_KTNAME`,
      { cause: error, facts: { host } },
    )
  }
}

async function loadKerberos(): Promise<Kerberos> {
  const name = 'kerberos'
  try {
    const loaded = (await import(name)) as { readonly default: Kerberos }
    return loaded.default
  } catch (error) {
    throw new AppError(
      'bad-config',
      `lake.kerberos is on, and the package that speaks Kerberos is not there: run 'npm install --no-save kerberos' (it needs a C++ compiler and libkrb5-dev)`,
      { cause: error },
    )
  }
}
