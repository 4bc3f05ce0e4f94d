/** How calls are authenticated: docs/development/capture-api.md, "Authentication". */
export const authSchemes = ['basic-auth', 'janrain-signed'] as const;
export type AuthScheme = (typeof authSchemes)[number];

export interface Credentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** The signature of a call without parameters: the documents' has one more newline (docs/development/capture-api.md). */
export type EmptySignature = 'code' | 'documents';

export interface Signed {
  readonly path: string;
  /** Unencoded. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly emptySignature: EmptySignature;
}

/** Makes the headers that authenticate a call. @param now used only by `janrain-signed` */
export function authenticate(
  scheme: AuthScheme,
  credentials: Credentials,
  signed: Signed,
  now: number,
): Record<string, string> {
  if (scheme === 'janrain-signed') return sign(credentials, signed, now);
  const { clientId, clientSecret } = credentials;
  return { Authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` };
}

/** HMAC-SHA1 over the path, the date, and the sorted unencoded parameters. */
function sign(credentials: Credentials, signed: Signed, now: number): Record<string, string> {
  const { path, parameters, emptySignature } = signed;
  const date = new Date(now).toISOString().slice(0, 19).replace('T', ' ');
  const pairs = Object.entries(parameters).map(([key, value]) => `${key}=${value}`);
  const lines = pairs.length === 0 && emptySignature === 'documents' ? [''] : pairs.sort();
  const text = [path, date, ...lines, ''].join('\n');
  // Loaded on demand: basic-auth doesn't need it.
  const { createHmac } = process.getBuiltinModule('node:crypto');
  const signature = createHmac('sha1', credentials.clientSecret).update(text).digest('base64');
  return { Date: date, Authorization: `Signature ${credentials.clientId}:${signature}` };
}
