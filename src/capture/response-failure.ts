import * as z from 'zod/mini';
import { CaptureError, type CaptureErrorDetails, notCaptureHint, seeStatusPage } from './capture-error.ts';
import { isSuccessful, parseJson } from './response.ts';
import type { HttpResponse } from './transport.ts';

export interface Call {
  readonly name: string;
  readonly host: string;
  readonly isSigned: boolean;
  /** From 1. */
  readonly attempt: number;
  /** When the response arrived. */
  readonly receivedAt: number;
}

/** An extra of an unexpected type must not hide the code that it came with. */
const optionalText = () => z.catch(z.optional(z.string()), undefined);

const errorSchema = () =>
  z.object({
    // `error` in the documents, `fail` in a client of 2023.
    stat: z.string().check(z.refine((stat) => stat !== 'ok')),
    code: z.int(),
    error: optionalText(),
    error_description: optionalText(),
    message: optionalText(),
    request_id: optionalText(),
    argument_name: optionalText(),
  });

type ErrorBody = z.infer<ReturnType<typeof errorSchema>>;

/** What a response that isn't a success means. Quotes no body that can't be parsed, and has no cause: both may be secret. */
export function responseFailure(call: Call, response: HttpResponse): CaptureError {
  const { status } = response;
  if (status >= 300 && status < 400) return notCapture(call, response);
  const json = parseJson(response);
  const failure = errorSchema().safeParse(json);
  if (failure.success) return rejected(call, response, failure.data);
  return isSuccessful(response) ? unreadable(call, response, json) : notCapture(call, response);
}

function rejected(call: Call, response: HttpResponse, failure: ErrorBody): CaptureError {
  const { code, error, request_id: requestId, argument_name: argumentName } = failure;
  const names = [
    error === undefined ? code : `${code} ${error}`,
    argumentName && `argument ${argumentName}`,
    requestId && `request ${requestId}`,
  ];
  const text = failure.error_description ?? failure.message ?? '';
  // The values of settings can be secrets of other services, which nothing masks.
  const mayQuoteValues = call.name === 'settings/set_multi' && argumentName !== 'for_client_id';
  const reason = mayQuoteValues
    ? "Capture's text isn't shown, because it may contain a value of settings"
    : text.trim().replace(/\.$/, '');
  return new CaptureError(
    `Capture rejected ${call.name} (${names.filter(Boolean).join(', ')})${reason && `: ${reason}`}.`,
    hintFor(call, code, argumentName),
    {
      ...detailsOf(call, response),
      ...classify(code, response.status),
      code,
      isUnknownClient:
        code === 200 && isAboutClient(call, argumentName) && text.includes('is not a valid id'),
    },
  );
}

/** In 2025, a tenant's errors had no argument name: docs/development/capture-api.md, "Errors". */
function isAboutClient({ name }: Call, argumentName: string | undefined): boolean {
  return argumentName === undefined
    ? !['clients/add', 'clients/list'].includes(name)
    : ['client_id_for_deletion', 'for_client_id'].includes(argumentName);
}

function detailsOf({ name, receivedAt }: Call, response: HttpResponse) {
  return { call: name, status: response.status, retryAfterMs: retryAfter(response, receivedAt) };
}

type Classification = Pick<CaptureErrorDetails, 'applied' | 'retryable'>;

/**
 * Capture's code decides, unless an edge server's 5xx around it leaves everything open. Codes may be split further, so
 * every 5xx leaves open whether Capture applied the call.
 */
function classify(code: number, status: number): Classification {
  // Maintenance, and too many simultaneous calls.
  if (code === 480 || code === 510) return { applied: 'no', retryable: true };
  if (code === 500 || code === 504) return { applied: 'unknown', retryable: true };
  if (status >= 500) return classifyStatus(status);
  return { applied: Math.floor(code / 100) === 5 ? 'unknown' : 'no', retryable: false };
}

/** Classifies a response that has nothing but an HTTP status. */
function classifyStatus(status: number): Classification {
  if (status === 429 || status === 510) return { applied: 'no', retryable: true };
  if (status >= 300 && status < 500 && status !== 408) return { applied: 'no', retryable: false };
  return { applied: 'unknown', retryable: true };
}

const inputNames: Readonly<Record<string, string>> = {
  client_id_for_deletion: '`client_id`',
  hours_to_live: '`rotate_secret` or `expires_in`',
  items: '`settings`',
  whitelist: '`ip_allow_list`',
};

function hintFor({ host, isSigned }: Call, code: number, argumentName = ''): string {
  if (code === 200 && argumentName === 'client_id') {
    return "Check `owner_client_id`: it isn't the ID of an API client of this application.";
  }
  const captureFailed = `The problem is on Capture's side. ${seeStatusPage} Run this again. If it persists, give the request ID to Akamai support.`;
  const clock = isSigned ? " Check this runner's clock, too: `janrain-signed` depends on it." : '';
  const otherApplication = `Check \`capture_domain\`: ${host} doesn't belong to your application.`;
  const hints: Readonly<Record<number, string>> = {
    205: 'Check that no proxy between this runner and Capture removes the Authorization header.',
    221: otherApplication,
    224: otherApplication,
    402: `Check \`owner_client_id\` and \`owner_client_secret\`: the secret may have been rotated, or they belong to a different application than ${host}. If they come from an environment, check the spelling of its name.${clock}`,
    403: "Check that the owner client has the owner feature, and that its IP allow list includes this runner's address.",
    404: notCaptureHint(host),
    480: `Capture is under maintenance. ${seeStatusPage} Run this again later.`,
    500: captureFailed,
    504: captureFailed,
    510: 'The application reached its limit of simultaneous API calls. Run fewer jobs at the same time, or set `timeout: 5m`.',
  };
  const known = hints[code];
  if (known !== undefined) return known;
  if (code >= 100 && code < 300) {
    const named = argumentName === '' ? 'the value that Capture names' : `\`${argumentName}\``;
    return `Correct ${inputNames[argumentName] ?? named}, then run this again.`;
  }
  return 'Look up the code under "Error codes" in the Identity Cloud documentation. Akamai support can find the call by its request ID.';
}

function notCapture(call: Call, response: HttpResponse): CaptureError {
  const { status } = response;
  const { applied, retryable } = classifyStatus(status);
  const why =
    status >= 300 && status < 400
      ? "a redirect. It isn't followed, because the credentials would go to another host"
      : "which isn't a response of Capture";
  return new CaptureError(
    `${call.host} responded to ${call.name} with ${describe(response)}, ${why}.`,
    retryable
      ? `The problem is with Capture or the network in front of it. ${seeStatusPage} Run this again later.`
      : notCaptureHint(call.host),
    { ...detailsOf(call, response), applied, retryable },
  );
}

/** How often a host that may not be Capture gets the credentials for one call. */
const maxUnreadable = 3;

/** A status of 2xx without a usable body. Capture always sends JSON with `stat`, so another server probably responded. */
function unreadable(call: Call, response: HttpResponse, json: unknown): CaptureError {
  const why = json === undefined ? "isn't complete JSON" : 'lacks what was requested';
  return new CaptureError(
    `${call.host} responded to ${call.name} with ${describe(response)}, which ${why}.`,
    `Check that ${call.host} is a Capture domain (\`capture_domain\`). If it is, run this again.`,
    { ...detailsOf(call, response), applied: 'unknown', retryable: call.attempt < maxUnreadable },
  );
}

/** `HTTP 502, text/html, 120 bytes`: enough to find the culprit, and nothing of the content. */
function describe({ status, headers, body }: HttpResponse): string {
  // A header can contain anything, so only what looks like a media type is shown, without its parameters.
  const [type] = /^[a-z]{1,20}\/[a-z.+-]{1,40}(?=\s*(?:;|$))/i.exec(String(headers['content-type'])) ?? [];
  return `HTTP ${status}, ${type ?? 'no known content type'}, ${body.length} bytes`;
}

/** `Retry-After` in milliseconds, which is in seconds or a date. */
function retryAfter({ headers }: HttpResponse, now: number): number | undefined {
  const value = headers['retry-after'];
  if (typeof value !== 'string') return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
