import { createHmac } from 'node:crypto';
import { isAllowed } from './allow-list.ts';
import type { Rules } from './options.ts';
import { type RecordedRequest, splitOnce } from './requests.ts';
import { ApiError } from './responses.ts';
import type { ClientStore, StoredClient } from './store.ts';

export type AuthenticationRules = Pick<Rules, 'clockToleranceMs' | 'emptySignature'>;

/**
 * Returns the client whose credentials the request has, as HTTP Basic or as a janrain-signed header.
 * Throws code 205 if it has none that the API accepts, and code 402 if they are wrong.
 */
export function authenticate(
  request: RecordedRequest,
  store: ClientStore,
  rules: AuthenticationRules,
): StoredClient {
  rejectCredentialsInForm(request);
  const { authorization = '' } = request.headers;
  const [scheme = '', credentials = ''] = splitOnce(authorization, ' ');
  if (scheme !== 'Basic' && scheme !== 'Signature') throw new ApiError(205);
  const claim = scheme === 'Basic' ? parseBasic(credentials) : parseSignature(credentials, request, rules);
  const client = store.findAccepted(claim.clientId, claim.isSecret, request.at);
  if (client === undefined) throw new ApiError(402);
  return client;
}

/**
 * Accepts a client that has the feature `owner` and calls from an address on its allow list.
 * Throws code 403 otherwise, the same error for both, as the API does.
 */
export function authorize(client: StoredClient, remoteAddress: string): void {
  const isOwner = client.features.includes('owner');
  if (!isOwner || !isAllowed(remoteAddress, client.whitelist)) throw new ApiError(403);
}

/** What a request says about its sender. */
interface Claim {
  clientId: string;
  /** Whether the sender used this secret. */
  isSecret: (secret: string) => boolean;
}

// The oldest scheme, which sent these as parameters, is no longer documented and puts secrets into access logs.
// A signed request must not have them either.
function rejectCredentialsInForm(request: RecordedRequest): void {
  const names = ['client_id', 'client_secret', 'access_token'];
  if (names.some((name) => Object.hasOwn(request.form, name))) throw new ApiError(205);
}

// Base64 of "client_id:client_secret".
function parseBasic(credentials: string): Claim {
  const [clientId = '', given] = splitOnce(Buffer.from(credentials, 'base64').toString('utf8'), ':');
  return { clientId, isSecret: (secret) => secret === given };
}

// "client_id:" and the base64 of an HMAC-SHA1.
function parseSignature(credentials: string, request: RecordedRequest, rules: AuthenticationRules): Claim {
  const { date = '' } = request.headers;
  rejectWrongTime(date, request.at, rules.clockToleranceMs);
  const [clientId = '', signature] = splitOnce(credentials, ':');
  const texts = stringsToSign(request, date, rules.emptySignature);
  return { clientId, isSecret: (secret) => texts.some((text) => sign(text, secret) === signature) };
}

// Not an HTTP date: "YYYY-MM-DD HH:MM:SS", in UTC. The documents have no code for a wrong one. It is 402 here because
// the signature then proves nothing; the text helps those who debug a client.
function rejectWrongTime(date: string, now: number, toleranceMs: number): void {
  const hasShape = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(date);
  const time = hasShape ? Date.parse(`${date.replace(' ', 'T')}Z`) : Number.NaN;
  if (Number.isNaN(time)) {
    throw new ApiError(402, 'a signed request needs a Date header in the form YYYY-MM-DD HH:MM:SS, in UTC');
  }
  if (Math.abs(now - time) > toleranceMs) {
    throw new ApiError(402, 'the Date header of the signed request is too far from the current time');
  }
}

// The endpoint, the date, and the sorted "key=value" lines, each with a newline after it. Without parameters the
// published code ends there, while the documents' formula adds one more newline.
function stringsToSign(
  request: RecordedRequest,
  date: string,
  emptySignature: Rules['emptySignature'],
): string[] {
  const head = `${request.path}\n${date}\n`;
  const pairs = Object.entries(request.form).map(([key, value]) => `${key}=${value}`);
  if (pairs.length > 0) return [`${head}${pairs.sort().join('\n')}\n`];
  return { both: [head, `${head}\n`], code: [head], documents: [`${head}\n`] }[emptySignature];
}

const sign = (text: string, secret: string): string =>
  createHmac('sha1', secret).update(text, 'utf8').digest('base64');
