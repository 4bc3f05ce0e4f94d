import * as z from 'zod/mini';
import {
  CaptureError,
  type CaptureErrorDetails,
  classifyCode,
  classifyStatus,
  hintFor,
  notCaptureHint,
} from './capture-error.ts';
import { describeClockError } from './clock.ts';
import type { HttpResponse } from './transport.ts';

export interface Call {
  /** `clients/add` */
  readonly name: string;
  readonly host: string;
  /** Whether the call was signed, which depends on the clock. */
  readonly isSigned?: boolean;
  /** The variable that names the proxy, if there is one. */
  readonly proxyVariable?: 'HTTPS_PROXY' | 'HTTP_PROXY' | undefined;
}

export interface Received extends HttpResponse {
  readonly bytes: number;
  readonly json: unknown;
}

/** An extra of an unexpected type must not hide the code that it came with. */
const optionalText = () => z.catch(z.optional(z.string()), undefined);

const errorSchema = () =>
  z.object({
    stat: z.literal('error'),
    code: z.int(),
    error: optionalText(),
    error_description: optionalText(),
    message: optionalText(),
    request_id: optionalText(),
    argument_name: optionalText(),
  });

type ErrorBody = z.infer<ReturnType<typeof errorSchema>>;

/**
 * Reads the response to a call.
 * @param schema the shape of a success, besides `stat: "ok"`
 * @param now when the response arrived
 * @throws CaptureError for everything else. It never quotes a body that can't be parsed, and has no cause: either could
 *   contain a secret.
 */
export function parseResponse<T>(call: Call, response: Received, schema: z.ZodMiniType<T>, now: number): T {
  const { status, json } = response;
  if (status >= 300 && status < 400) throw redirected(call, response);
  const isPositive = status >= 200 && status < 300;
  const success = isPositive && statOf(json) === 'ok' ? schema.safeParse(json) : undefined;
  if (success?.success) return success.data;
  const failure = errorSchema().safeParse(json);
  if (failure.success) throw rejected(call, response, failure.data, now);
  throw isPositive ? unreadable(call, response) : notCapture(call, response, now);
}

/**
 * How far the server's clock is ahead of ours, in milliseconds, by the Date header. The header has whole seconds, and the
 * response traveled for a while.
 */
export function clockOffset({ headers }: HttpResponse, now: number): number | undefined {
  const date = Date.parse(String(headers.date));
  return Number.isNaN(date) ? undefined : date - now;
}

function statOf(json: unknown): unknown {
  return (json as { readonly stat?: unknown } | null | undefined)?.stat;
}

function rejected(call: Call, response: Received, failure: ErrorBody, now: number): CaptureError {
  const { code, error, request_id: requestId, argument_name: argumentName } = failure;
  const names = [
    error === undefined ? code : `${code} ${error}`,
    argumentName && `argument ${argumentName}`,
    requestId && `request ${requestId}`,
  ];
  const description = mayQuoteValues(call, failure)
    ? undefined
    : (failure.error_description ?? failure.message ?? '');
  const reason =
    description?.trim().replace(/\.$/, '') ??
    "Capture's text isn't shown, because it may contain a value of settings";
  return new CaptureError(
    `Capture rejected ${call.name} (${names.filter(Boolean).join(', ')})${reason && `: ${reason}`}.`,
    clockHint(call, code, clockOffset(response, now)) ?? hintFor(code, call.name, call.host, argumentName),
    {
      ...detailsOf(call, response, now),
      ...classifyRejection(code, response.status),
      ...{ code, requestId, argumentName, description },
    },
  );
}

function detailsOf({ name, host }: Call, response: Received, now: number) {
  return { call: name, host, status: response.status, retryAfterMs: retryAfter(response, now) };
}

/** The values of settings can be secrets of other services, which nothing masks. */
function mayQuoteValues({ name }: Call, { argument_name }: ErrorBody): boolean {
  return name === 'settings/set_multi' && argument_name !== 'for_client_id';
}

/** Capture's code decides, unless an edge server's 5xx around it leaves everything open. */
function classifyRejection(code: number, status: number): Pick<CaptureErrorDetails, 'applied' | 'retryable'> {
  const byCode = classifyCode(code);
  return byCode.retryable || status < 500 ? byCode : classifyStatus(status);
}

const minute = 60_000;

/** A wrong clock makes every signature wrong, and Capture reports it as wrong credentials. */
function clockHint({ host, isSigned }: Call, code: number, offsetMs = 0): string | undefined {
  if (!isSigned || ![205, 402].includes(code) || Math.abs(offsetMs) < minute) return undefined;
  return `Correct this runner's clock: it is ${describeClockError(offsetMs)} the clock of ${host}, and janrain-signed requires the right time. Otherwise, set auth_scheme to basic-auth.`;
}

function notCapture(call: Call, response: Received, now: number): CaptureError {
  const classified = classifyStatus(response.status);
  return new CaptureError(
    `${call.host} responded to ${call.name} with ${describe(response)}, which isn't a response of Capture.`,
    classified.retryable
      ? 'The problem is with Capture or the network in front of it. Run this again later.'
      : notCaptureHint(call.host),
    { ...detailsOf(call, response, now), ...classified },
  );
}

function redirected({ name, host }: Call, { status }: Received): CaptureError {
  return new CaptureError(
    `${host} responded to ${name} with a redirect (HTTP ${status}). Redirects aren't followed, because the credentials would go to another host.`,
    'Set capture_domain to the Capture domain itself.',
    { call: name, host, applied: 'no', retryable: false, status },
  );
}

/** A status of 2xx without a usable body. Capture always sends JSON with `stat`, so another server probably responded. */
function unreadable({ name, host }: Call, response: Received): CaptureError {
  const { status, headers, json } = response;
  const isCapture =
    json === undefined ? /json/i.test(String(headers['content-type'])) : statOf(json) !== undefined;
  const why = json === undefined ? "isn't complete JSON" : 'lacks what was requested';
  return new CaptureError(
    `${host} responded to ${name} with ${describe(response)}, which ${why}.`,
    isCapture ? 'Run this again. If it persists, contact Akamai support.' : notCaptureHint(host),
    {
      call: name,
      host,
      applied: 'unknown',
      retryable: true,
      status,
      ...(isCapture ? {} : { maxAttempts: 2 }),
    },
  );
}

/** `HTTP 502, text/html, 120 bytes`: enough to find the culprit, and nothing of the content. */
function describe({ status, headers, bytes }: Received): string {
  return `HTTP ${status}, ${describeType(headers['content-type'])}, ${bytes} bytes`;
}

/** A header can contain anything, so only what looks like a media type is shown, without its parameters. */
function describeType(header: string | string[] | undefined): string {
  if (header === undefined) return 'no content type';
  return /^[a-z]{1,20}\/[a-z.+-]{1,40}(?=\s*(?:;|$))/i.exec(String(header))?.[0] ?? 'an odd content type';
}

/** `Retry-After` in milliseconds, which is in seconds or a date. */
function retryAfter({ headers }: HttpResponse, now: number): number | undefined {
  const value = headers['retry-after'];
  if (typeof value !== 'string') return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
