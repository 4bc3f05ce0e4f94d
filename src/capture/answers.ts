import * as z from 'zod/mini';
import { CaptureError, classifyCode, classifyStatus, cureFor, type Effect } from './errors.ts';
import type { HttpAnswer, NoAnswerError } from './transport.ts';

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
 * @param schema the shape of a success, `stat: "ok"` included
 * @throws CaptureError for everything else. It never repeats an answer that could not be read: that may hold a secret.
 */
export function readAnswer<T>(call: Call, answer: HttpAnswer, schema: z.ZodMiniType<T>, now: number): T {
  if (answer.status >= 300 && answer.status < 400) throw redirected(call, answer);
  const json = parseJson(answer.body);
  const isPositive = answer.status >= 200 && answer.status < 300;
  const success = isPositive ? schema.safeParse(json) : undefined;
  if (success?.success) return success.data;
  const failure = errorSchema().safeParse(json);
  if (failure.success) throw refused(call, answer, failure.data, now);
  if (!isPositive) throw notCapture(call, answer, now);
  throw unreadable(call, answer, json === undefined ? 'it is not whole JSON' : 'it lacks what was asked for');
}

/** Turns an exchange without a whole answer into the error of the call. */
export function noAnswer(call: Call, error: NoAnswerError, limitMs: number): CaptureError {
  const { reason, sent, code } = error;
  const fail = (happened: string, cure: string, transient: boolean) =>
    new CaptureError(happened, cure, {
      call: call.name,
      host: call.host,
      effect: sent ? 'unknown' : 'none',
      transient,
    });
  if (reason === 'size') {
    return fail(
      `${call.host} answered ${call.name} with more than Capture ever sends; the rest was not read.`,
      `Is ${call.host} a Capture domain?`,
      false,
    );
  }
  if (sent) {
    const happened =
      reason === 'time'
        ? `No answer from ${call.host} to ${call.name} within ${formatSeconds(limitMs)}.`
        : `The connection to ${call.host} broke during ${call.name} (${code}).`;
    return fail(happened, 'Run again; if it stays, look whether the host is in trouble.', true);
  }
  const lasting = lastingConnectionFault(code);
  return fail(
    reason === 'time'
      ? `No connection to ${call.host} for ${call.name} within ${formatSeconds(limitMs)}.`
      : `Could not connect to ${call.host} for ${call.name} (${code}).`,
    lasting ?? 'Can this runner reach the host, and is the proxy, if there is one, right?',
    lasting === undefined,
  );
}

/** The time that the step has for all of its calls ran out before this one. */
export function timeIsUp(call: Call, totalMs: number): CaptureError {
  return new CaptureError(
    `No time was left for ${call.name} at ${call.host} (timeout ${formatSeconds(totalMs)}).`,
    'Run again, with a longer timeout if Capture is slow.',
    { call: call.name, host: call.host, effect: 'none', transient: false },
  );
}

/** Faults of a connection that no second try mends, and what to do about them. */
function lastingConnectionFault(code: string): string | undefined {
  if (code === 'ENOTFOUND')
    return 'There is no such host: is capture_domain spelt right, and the proxy, if there is one?';
  if (
    /CERT|SELF_SIGNED|^UNABLE_TO_|^HOSTNAME_MISMATCH|^INVALID_(?:CA|PURPOSE)|^ERR_TLS|^ERR_SSL|^EPROTO$/.test(
      code,
    )
  ) {
    return 'The host could not prove who it is: is capture_domain right? A private CA goes into NODE_EXTRA_CA_CERTS.';
  }
  return undefined;
}

function refused(
  call: Call,
  answer: HttpAnswer,
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
    cureFor(code, call.host, argument_name),
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
function classifyRefusal(code: number, status: number): { effect: Effect; transient: boolean } {
  const byCode = classifyCode(code);
  if (byCode.transient || status < 500) return byCode;
  return classifyStatus(status);
}

function notCapture(call: Call, answer: HttpAnswer, now: number): CaptureError {
  const classified = classifyStatus(answer.status);
  return new CaptureError(
    `${call.host} answered ${call.name} with ${describe(answer)} instead of an answer of Capture.`,
    classified.transient
      ? 'The fault lies with Capture or on the way to it; run again later.'
      : `Is ${call.host} a Capture domain?`,
    { call: call.name, host: call.host, ...classified, retryAfterMs: retryAfter(answer, now) },
  );
}

function redirected(call: Call, answer: HttpAnswer): CaptureError {
  return new CaptureError(
    `${call.host} answered ${call.name} with a redirect (HTTP ${answer.status}), which is never followed: it would carry the credentials elsewhere.`,
    `Is ${call.host} the Capture domain itself?`,
    { call: call.name, host: call.host, effect: 'none', transient: false },
  );
}

function unreadable(call: Call, answer: HttpAnswer, why: string): CaptureError {
  return new CaptureError(
    `${call.host} answered ${call.name} with ${describe(answer)} that cannot be read: ${why}.`,
    `Is ${call.host} a Capture domain?`,
    { call: call.name, host: call.host, effect: 'unknown', transient: true },
  );
}

/** `HTTP 502, text/html, 120 bytes`: enough to find the culprit, nothing of the content. */
function describe(answer: HttpAnswer): string {
  const type = String(answer.headers['content-type'] ?? 'no content type');
  return `HTTP ${answer.status}, ${type}, ${answer.body.length} bytes`;
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}

/** `Retry-After` in milliseconds, given in seconds or as a date (RFC 9110 §10.2.3). */
function retryAfter(answer: HttpAnswer, now: number): number | undefined {
  const value = answer.headers['retry-after'];
  if (typeof value !== 'string') return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function formatSeconds(ms: number): string {
  return `${Math.round(ms / 100) / 10}s`;
}
