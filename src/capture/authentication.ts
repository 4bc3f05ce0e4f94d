import { createHmac } from 'node:crypto';

/** The two schemes of the document (clients-add.txt). */
export const authSchemes = ['basic-auth', 'janrain-signed'] as const;
/** One of them. */
export type AuthScheme = (typeof authSchemes)[number];

/** Id and secret of an API client. */
export interface Credentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

/**
 * How a call without parameters is signed: as the vendor's code does it, or as the documents print it, with one more
 * line end (capture-api.md §3b). Which of them a tenant takes is not known.
 */
export type EmptySignature = 'code' | 'documents';

/** What is authenticated. */
export interface Signed {
  /** Root-anchored, `/clients/add`. */
  readonly path: string;
  /** Unencoded, as they will stand in the form. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly emptySignature: EmptySignature;
}

/**
 * The headers that authenticate one call.
 * @param now milliseconds since the epoch; used by `janrain-signed` alone
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

/** `janrain-signed` (capture-api.md §3b): HMAC-SHA1 over path, date and the sorted unencoded parameters. */
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
