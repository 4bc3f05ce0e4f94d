import { ExpectedError } from '../expected-error.ts';

/**
 * Whether Capture may have applied a call that failed. `no` is certain, so even `clients/add`, which isn't idempotent,
 * can be sent again.
 */
export type Applied = 'no' | 'unknown';

/** What is known about a failed call. Texts from Capture are unsanitized. */
export interface CaptureErrorDetails {
  /** `clients/add` */
  readonly call: string;
  readonly host: string;
  readonly applied: Applied;
  /** Whether the same call can succeed a little later. */
  readonly retryable: boolean;
  readonly status?: number | undefined;
  /** Capture's own error code, if the response had one. */
  readonly code?: number | undefined;
  readonly requestId?: string | undefined;
  readonly argumentName?: string | undefined;
  /** Capture's own text, even where the message leaves it out. */
  readonly description?: string | undefined;
  /** How long the server asked to wait. */
  readonly retryAfterMs?: number | undefined;
  /** More attempts than this, the first one included, are pointless. */
  readonly maxAttempts?: number | undefined;
  /** Attempts beyond this time are pointless. */
  readonly retryForMs?: number | undefined;
}

export class CaptureError extends ExpectedError {
  override readonly name = 'CaptureError';
  readonly details: CaptureErrorDetails;

  constructor(
    problem: string,
    hint: string,
    details: CaptureErrorDetails,
    { cause }: { readonly cause?: unknown } = {},
  ) {
    super(problem, hint, { cause, title: `${details.call} failed` });
    this.details = details;
  }
}

/** How Capture says that a client doesn't exist: docs/development/capture-api.md, "Errors". */
export function isUnknownClient({ details }: CaptureError): boolean {
  const { code, argumentName = '', description = '' } = details;
  const isAboutClient = ['client_id_for_deletion', 'for_client_id'].includes(argumentName);
  return code === 200 && isAboutClient && description.includes('is not a valid id');
}

type Classification = Pick<CaptureErrorDetails, 'applied' | 'retryable'>;

/** Maintenance, and too many simultaneous calls: Capture rejects the call without applying it. */
const rejectedForNow = new Set([480, 510]);
/** Capture's own failures that are retryable. */
const retryableFailures = new Set([500, 504]);

/** Classifies a Capture error code. Codes may be split further, so every 5xx leaves open whether Capture applied the call. */
export function classifyCode(code: number): Classification {
  if (rejectedForNow.has(code)) return { applied: 'no', retryable: true };
  return { applied: code >= 500 && code < 600 ? 'unknown' : 'no', retryable: retryableFailures.has(code) };
}

/** Classifies a response that has nothing but an HTTP status. */
export function classifyStatus(status: number): Classification {
  if (status === 429 || status === 510) return { applied: 'no', retryable: true };
  if (status >= 300 && status < 500 && status !== 408) return { applied: 'no', retryable: false };
  return { applied: 'unknown', retryable: true };
}

export function notCaptureHint(host: string): string {
  return `Check capture_domain: ${host} probably isn't a Capture domain.`;
}

/** What to do about a Capture error code, in whole sentences. */
export function hintFor(code: number, call: string, host: string, argumentName?: string): string {
  if (code === 200 && argumentName === 'client_id') {
    return "Check owner_client_id: it isn't the ID of an API client of this application.";
  }
  const known = hints[code];
  if (known !== undefined) return known(host, call);
  if (code >= 100 && code < 300)
    return `Correct ${inputNames[argumentName ?? ''] ?? argumentName ?? 'the value that Capture names'}, then run this again.`;
  return 'Look up the code under "Error codes" in the Identity Cloud documentation. Akamai support can find the call by its request ID.';
}

/** The inputs that Capture's arguments come from, where the names differ. */
const inputNames: Readonly<Record<string, string>> = {
  client_id_for_deletion: 'client_id',
  hours_to_live: 'rotate_secret or expires_in',
  items: 'settings',
  whitelist: 'ip_allow_list',
};

const captureFailed = () =>
  "The problem is on Capture's side. Run this again. If it persists, give the request ID to Akamai support.";
const otherApplication = (host: string) =>
  `Check capture_domain: ${host} doesn't belong to your application.`;

const hints: Readonly<Record<number, (host: string, call: string) => string>> = {
  205: () => 'Check that no proxy between this runner and Capture removes the Authorization header.',
  221: otherApplication,
  224: otherApplication,
  402: (host, call) =>
    `${call === 'clients/add' ? 'Nothing was created. ' : ''}Check owner_client_id and owner_client_secret: the secret may have been rotated, or they belong to a different application than ${host}.`,
  403: () =>
    "Check that the owner client has the owner feature, and that its IP allow list includes this runner's address.",
  404: notCaptureHint,
  480: () => 'Capture is under maintenance. Run this again later.',
  500: captureFailed,
  504: captureFailed,
  510: () =>
    'The application reached its limit of simultaneous API calls. Run fewer jobs at the same time, or set a longer timeout.',
};
