/**
 * Whether Capture may have acted on a call that failed: `none` means that it certainly did not, so that even
 * `clients/add`, which is not idempotent, can be sent again.
 */
export type Applied = 'no' | 'unknown';

/** What an answer of Capture says of a call that failed. Every text comes from the network: sanitize only once logged. */
export interface CaptureErrorDetails {
  /** `clients/add` */
  readonly call: string;
  readonly host: string;
  readonly applied: Applied;
  /** Can the same call succeed a little later? */
  readonly retryable: boolean;
  /** Capture's own number (capture-api.md §4), if it answered with one. */
  readonly code?: number | undefined;
  readonly requestId?: string | undefined;
  readonly argumentName?: string | undefined;
  /** How long the server asked us to wait. */
  readonly retryAfterMs?: number | undefined;
}

/** A call to Capture that failed: what was attempted, what problem, and what to do. */
export class CaptureError extends Error {
  override readonly name = 'CaptureError';
  /** What was attempted and what problem, in whole sentences. */
  readonly problem: string;
  /** What to do now, in whole sentences. */
  readonly hint: string;
  readonly details: CaptureErrorDetails;

  constructor(problem: string, hint: string, details: CaptureErrorDetails) {
    super(`${problem} ${hint}`);
    this.problem = problem;
    this.hint = hint;
    this.details = details;
  }
}

/** Codes after which the same call may succeed a little later (capture-api.md §4: maintenance, the call limit). */
const refusedForNow = new Set([480, 510]);

/** Faults of Capture's own that pass (DESIGN.md, "Never two, never lost"). */
const passing = new Set([500, 504]);

/**
 * What a Capture code says of the call's effect, and whether it may be tried again. Codes may be split further
 * (capture-api.md §4), so every code of Capture's own faults leaves open whether it acted.
 */
export function classifyCode(code: number): { applied: Applied; retryable: boolean } {
  if (refusedForNow.has(code)) return { applied: 'no', retryable: true };
  return { applied: code >= 500 && code < 600 ? 'unknown' : 'no', retryable: passing.has(code) };
}

/** What the same question has for an answer when all there is is an HTTP status. */
export function classifyStatus(status: number): { applied: Applied; retryable: boolean } {
  if (status === 429 || status === 510) return { applied: 'no', retryable: true };
  if (status >= 300 && status < 500 && status !== 408) return { applied: 'no', retryable: false };
  return { applied: 'unknown', retryable: true };
}

/**
 * The way out for a Capture code, as one sentence or two.
 * @param host the Capture domain's host
 */
export function hintFor(code: number, host: string, argumentName: string | undefined): string {
  if (code === 200 && argumentName === 'client_id') return malformedOwner;
  const known = hints[code];
  if (known !== undefined) return known(host);
  if (code >= 100 && code < 300) {
    return argumentName === undefined
      ? 'Correct what the message names and run again.'
      : `Correct what was given for ${argumentName} and run again.`;
  }
  return 'Look the code up under "Error codes" in the Identity Cloud documentation; the request id lets Akamai support find the call.';
}

const malformedOwner = 'Is owner_client_id the id of an API client of this application?';

const hints: Readonly<Record<number, (host: string) => string>> = {
  205: () => 'No credentials arrived: does a proxy in between remove the Authorization header?',
  221: (host) => `Is ${host} the Capture domain of your application?`,
  224: (host) => `Is ${host} the Capture domain of your application?`,
  402: (host) =>
    `Capture does not accept these owner credentials. Was the secret rotated, or is ${host} another application?`,
  403: () =>
    'Either the owner client lacks the feature "owner", or this runner\'s address is not on its allow list.',
  404: (host) => `Is ${host} a Capture domain?`,
  480: () => 'Capture is under maintenance and says that it will be back shortly; run again later.',
  500: () => "The fault is on Capture's side; run again, and give Akamai support the request id if it stays.",
  504: () => "The fault is on Capture's side; run again, and give Akamai support the request id if it stays.",
  510: () =>
    'The application is at its limit of simultaneous API calls; let fewer jobs run at once or give a longer timeout.',
};

/** The one answer that says that a client is not there (capture-api.md §1, delete); the owner's id can be meant, too. */
export function isUnknownClient({ details, message }: CaptureError): boolean {
  const { code, argumentName } = details;
  const isAboutClient = argumentName === 'client_id_for_deletion' || argumentName === 'for_client_id';
  return code === 200 && isAboutClient && message.includes('is not a valid id');
}
