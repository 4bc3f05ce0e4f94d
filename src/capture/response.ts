import * as z from 'zod/mini';
import { type Applied, CaptureError, classifyCode, classifyStatus, hintFor } from './capture-error.ts';
import type { HttpResponse } from './transport.ts';

/** Which call was sent to which host. */
export interface Call {
  /** `clients/add` */
  readonly name: string;
  readonly host: string;
}

/** An oddly typed extra must not hide the code it came with. */
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

/**
 * Reads Capture's answer to a call.
 * @param schema the shape of a success, beside `stat: "ok"`
 * @throws CaptureError for everything else. It never repeats an answer that could not be read: that may hold a secret.
 */
export function parseResponse<T>(call: Call, answer: HttpResponse, schema: z.ZodMiniType<T>, now: number): T {
  if (answer.status >= 300 && answer.status < 400) throw redirected(call, answer);
  const json = parseJson(answer.body);
  const isPositive = answer.status >= 200 && answer.status < 300;
  const success = isPositive && isOk(json) ? schema.safeParse(json) : undefined;
  if (success?.success) return success.data;
  const failure = errorSchema().safeParse(json);
  if (failure.success) throw refused(call, answer, failure.data, now);
  if (!isPositive) throw notCapture(call, answer, now);
  throw unreadable(call, answer, json === undefined ? 'it is not whole JSON' : 'it lacks what was asked for');
}

function isOk(json: unknown): boolean {
  return (json as { readonly stat?: unknown } | null | undefined)?.stat === 'ok';
}

function refused(
  call: Call,
  answer: HttpResponse,
  failure: z.infer<ReturnType<typeof errorSchema>>,
  now: number,
): CaptureError {
  const { code, error, request_id, argument_name } = failure;
  const names = [
    error === undefined ? code : `${code} ${error}`,
    ...(argument_name === undefined ? [] : [`argument ${argument_name}`]),
    ...(request_id === undefined ? [] : [`request ${request_id}`]),
  ].join(', ');
  const reason = mayRepeatValues(call, failure)
    ? 'its own words are left out, as they may repeat a value'
    : (failure.error_description ?? failure.message ?? '').trim().replace(/\.$/, '');
  const said = reason === '' ? '.' : `: ${reason}.`;
  return new CaptureError(
    `Capture refused ${call.name} (${names})${said}`,
    hintFor(code, call.host, argument_name),
    {
      call: call.name,
      host: call.host,
      ...classifyRefusal(code, answer.status),
      code,
      requestId: request_id,
      argumentName: argument_name,
      retryAfterMs: retryAfter(answer, now),
    },
  );
}

/** Values of settings can be secrets of other services, which nobody told the log to mask. */
function mayRepeatValues(
  { name }: Call,
  { argument_name }: z.infer<ReturnType<typeof errorSchema>>,
): boolean {
  return name === 'settings/set_multi' && argument_name !== 'for_client_id';
}

/** Capture's own code decides, unless an edge server's 5xx around it says that nothing is certain. */
function classifyRefusal(code: number, status: number): { applied: Applied; retryable: boolean } {
  const byCode = classifyCode(code);
  if (byCode.retryable || status < 500) return byCode;
  return classifyStatus(status);
}

function notCapture(call: Call, answer: HttpResponse, now: number): CaptureError {
  const classified = classifyStatus(answer.status);
  return new CaptureError(
    `${call.host} answered ${call.name} with ${describe(answer)} instead of an answer of Capture.`,
    classified.retryable
      ? 'The fault lies with Capture or on the way to it; run again later.'
      : `Is ${call.host} a Capture domain?`,
    { call: call.name, host: call.host, ...classified, retryAfterMs: retryAfter(answer, now) },
  );
}

function redirected(call: Call, answer: HttpResponse): CaptureError {
  return new CaptureError(
    `${call.host} answered ${call.name} with a redirect (HTTP ${answer.status}), which is never followed: it would carry the credentials elsewhere.`,
    `Is ${call.host} the Capture domain itself?`,
    { call: call.name, host: call.host, applied: 'no', retryable: false },
  );
}

function unreadable(call: Call, answer: HttpResponse, why: string): CaptureError {
  return new CaptureError(
    `${call.host} answered ${call.name} with ${describe(answer)} that cannot be read: ${why}.`,
    `Is ${call.host} a Capture domain?`,
    { call: call.name, host: call.host, applied: 'unknown', retryable: true },
  );
}

/** `HTTP 502, text/html, 120 bytes`: enough to find the culprit, nothing of the content. */
function describe(answer: HttpResponse): string {
  const type = describeType(answer.headers['content-type']);
  return `HTTP ${answer.status}, ${type}, ${answer.body.length} bytes`;
}

/** A header can hold anything: only what looks like a media type is told, without its parameters. */
function describeType(header: string | string[] | undefined): string {
  if (header === undefined) return 'no content type';
  return /^[a-z]{1,20}\/[a-z.+-]{1,40}(?=\s*(?:;|$))/i.exec(String(header))?.[0] ?? 'an odd content type';
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}

/** `Retry-After` in milliseconds, given in seconds or as a date (RFC 9110 §10.2.3). */
function retryAfter(answer: HttpResponse, now: number): number | undefined {
  const value = answer.headers['retry-after'];
  if (typeof value !== 'string') return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
