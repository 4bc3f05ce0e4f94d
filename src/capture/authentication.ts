import { createHmac } from 'node:crypto';

/** The two schemes of the document (clients-add.txt). */
export const authSchemes = ['basic-auth', 'janrain-signed'] as const;
export type AuthScheme = (typeof authSchemes)[number];

export interface Credentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

/**
 * The headers that authenticate one call.
 * @param path root-anchored, `/clients/add`
 * @param parameters unencoded, as they will stand in the form
 * @param now milliseconds since the epoch; used by `janrain-signed` alone
 */
export function authenticate(
  scheme: AuthScheme,
  credentials: Credentials,
  path: string,
  parameters: Readonly<Record<string, string>>,
  now: number,
): Record<string, string> {
  return scheme === 'basic-auth'
    ? { Authorization: `Basic ${base64(`${credentials.clientId}:${credentials.clientSecret}`)}` }
    : sign(credentials, path, parameters, now);
}

/** `janrain-signed` (capture-api.md §3b): HMAC-SHA1 over path, date and the sorted unencoded parameters. */
function sign(
  credentials: Credentials,
  path: string,
  parameters: Readonly<Record<string, string>>,
  now: number,
): Record<string, string> {
  const date = new Date(now).toISOString().slice(0, 19).replace('T', ' ');
  const pairs = Object.entries(parameters).map(([key, value]) => `${key}=${value}`);
  const text = [path, date, ...pairs.sort(), ''].join('\n');
  const signature = createHmac('sha1', credentials.clientSecret).update(text).digest('base64');
  return { Date: date, Authorization: `Signature ${credentials.clientId}:${signature}` };
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}
