import { createHmac } from 'node:crypto';
import { isAllowed } from './allow-list.ts';
import { ApiError } from './answers.ts';
import { type RecordedRequest, splitOnce } from './requests.ts';
import { type ClientStore, type StoredClient, validSecrets } from './store.ts';

/** How strictly a signature is judged; the documents leave both open. */
export interface SignatureRules {
  /** How far the Date header may be from the emulator's clock, either way, in milliseconds. */
  clockToleranceMs: number;
  /** Which string a request without parameters is signed over (capture-api.md §3b, ZERO PARAMETERS). */
  emptySignature: 'both' | 'code' | 'docs';
}

/**
 * The client whose credentials the request carries, by HTTP Basic or by a janrain-signed header.
 * Throws 205 if it carries none that the API takes, 402 if they are wrong.
 */
export function authenticate(
  request: RecordedRequest,
  store: ClientStore,
  rules: SignatureRules,
): StoredClient {
  refuseCredentialsInForm(request);
  const { authorization = '' } = request.headers;
  const [scheme = '', credentials = ''] = splitOnce(authorization, ' ');
  if (scheme === 'Basic') return authenticateBasic(credentials, request, store);
  if (scheme === 'Signature') return authenticateSigned(credentials, request, store, rules);
  throw new ApiError(205);
}

/**
 * Lets through a client with the feature `owner` that calls from an address on its allow list. Throws 403 otherwise:
 * the same error for both (capture-api.md §4, Allow-list miss).
 */
export function authorize(client: StoredClient, remoteAddress: string): void {
  const isOwner = client.features.includes('owner');
  if (!isOwner || !isAllowed(remoteAddress, client.whitelist)) throw new ApiError(403);
}

// The oldest scheme, client_id and client_secret as parameters, is no longer documented and ends up in access logs
// (capture-api.md §3c); a signed request must not carry any of these either (§3b). So a caller who sends one is told.
function refuseCredentialsInForm(request: RecordedRequest): void {
  const names = ['client_id', 'client_secret', 'access_token'];
  if (names.some((name) => Object.hasOwn(request.form, name))) throw new ApiError(205);
}

// capture-api.md §3a: base64 of "client_id:client_secret".
function authenticateBasic(credentials: string, request: RecordedRequest, store: ClientStore): StoredClient {
  const [clientId = '', secret] = splitOnce(Buffer.from(credentials, 'base64').toString('utf8'), ':');
  const client = store.find(clientId);
  const isValid =
    client !== undefined && secret !== undefined && validSecrets(client, request.at).includes(secret);
  if (!isValid) throw new ApiError(402);
  return client;
}

// capture-api.md §3b: "Signature client_id:base64 of the HMAC-SHA1".
function authenticateSigned(
  credentials: string,
  request: RecordedRequest,
  store: ClientStore,
  rules: SignatureRules,
): StoredClient {
  const { date = '' } = request.headers;
  refuseWrongTime(date, request.at, rules.clockToleranceMs);
  const [clientId = '', signature = ''] = splitOnce(credentials, ':');
  const client = store.find(clientId);
  const texts = stringsToSign(request, date, rules.emptySignature);
  const isValid =
    client !== undefined &&
    validSecrets(client, request.at).some((secret) => texts.some((text) => sign(text, secret) === signature));
  if (!isValid) throw new ApiError(402);
  return client;
}

// Not the date of RFC 9110: "YYYY-MM-DD HH:MM:SS", in UTC. The code for a wrong one is not documented; 402 because
// the signature then proves nothing. The text says what is wrong, for whoever is debugging a client.
function refuseWrongTime(date: string, now: number, toleranceMs: number): void {
  const isShaped = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(date);
  const time = isShaped ? Date.parse(`${date.replace(' ', 'T')}Z`) : Number.NaN;
  if (Number.isNaN(time)) {
    throw new ApiError(402, 'a signed request needs a Date header in the form YYYY-MM-DD HH:MM:SS, in UTC');
  }
  if (Math.abs(now - time) > toleranceMs) {
    throw new ApiError(402, 'the Date header of the signed request is too far from the current time');
  }
}

// endpoint, date, and the sorted "key=value" lines, each with a newline after it. Without parameters the published
// code ends there, while the documents' formula yields one more newline.
function stringsToSign(
  request: RecordedRequest,
  date: string,
  emptySignature: SignatureRules['emptySignature'],
): string[] {
  const head = `${request.path}\n${date}\n`;
  const pairs = Object.entries(request.form).map(([key, value]) => `${key}=${value}`);
  if (pairs.length > 0) return [`${head}${pairs.sort().join('\n')}\n`];
  return { both: [head, `${head}\n`], code: [head], docs: [`${head}\n`] }[emptySignature];
}

const sign = (text: string, secret: string): string =>
  createHmac('sha1', secret).update(text, 'utf8').digest('base64');
