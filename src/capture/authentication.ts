import { createHmac } from 'node:crypto';

/** How calls are authenticated: docs/development/capture-api.md, "Authentication". */
export const authSchemes = ['basic-auth', 'janrain-signed'] as const;
/** One of these schemes. */
export type AuthScheme = (typeof authSchemes)[number];

/** ID and secret of an API client. */
export interface Credentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

/**
 * How a call without parameters is signed: like the vendor's code, or as the documents show, with one more line end. It
 * is unknown which one a tenant accepts.
 */
export type EmptySignature = 'code' | 'documents';

/** The call to authenticate. */
export interface Signed {
  /** `/clients/add` */
  readonly path: string;
  /** Unencoded. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly emptySignature: EmptySignature;
}

/**
 * Makes the headers that authenticate a call.
 * @param now milliseconds since the epoch, used only by `janrain-signed`
 */
export function authenticate(
  scheme: AuthScheme,
  credentials: Credentials,
  signed: Signed,
  now: number,
): Record<string, string> {
  return scheme === 'basic-auth'
    ? { Authorization: `Basic ${base64(`${credentials.clientId}:${credentials.clientSecret}`)}` }
    : sign(credentials, signed, now);
}

/** HMAC-SHA1 over the path, the date, and the sorted unencoded parameters. */
function sign(credentials: Credentials, signed: Signed, now: number): Record<string, string> {
  const { path, parameters, emptySignature } = signed;
  const date = new Date(now).toISOString().slice(0, 19).replace('T', ' ');
  const pairs = Object.entries(parameters).map(([key, value]) => `${key}=${value}`);
  const lines = pairs.length === 0 && emptySignature === 'documents' ? [''] : pairs.sort();
  const text = [path, date, ...lines, ''].join('\n');
  const signature = createHmac('sha1', credentials.clientSecret).update(text).digest('base64');
  return { Date: date, Authorization: `Signature ${credentials.clientId}:${signature}` };
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}
