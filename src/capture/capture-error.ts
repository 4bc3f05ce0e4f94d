import { ExpectedError, type Wording } from '../errors.ts';

export interface CaptureErrorDetails {
  /** `clients/add` */
  readonly call: string;
  /** Whether Capture may have applied the call. `no` is certain, so even `clients/add` can be sent again. */
  readonly applied: 'no' | 'unknown';
  readonly retryable: boolean;
  readonly status?: number | undefined;
  /** Capture's own error code, if the response had one. */
  readonly code?: number | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly isUnknownClient?: boolean | undefined;
}

export class CaptureError extends ExpectedError {
  readonly details: CaptureErrorDetails;

  constructor(problem: string, hint: string, details: CaptureErrorDetails, cause?: unknown) {
    super(problem, hint, { cause, title: `${details.call} failed` });
    this.details = details;
  }

  override because(
    { problem = this.problem, hint = this.hint }: Partial<Wording>,
    changes: Partial<CaptureErrorDetails> = {},
  ): CaptureError {
    return new CaptureError(problem, hint, { ...this.details, ...changes }, this);
  }
}

/** It's still unknown whether a client's secret was reset. */
export class SecretUnknown extends CaptureError {}

/**
 * After this time, no request takes effect anymore, and a new client is known to all of Capture. Nobody has measured it
 * (docs/development/capture-api.md).
 */
export const maxEffectDelayMs = 15_000;

export function isUnknownClient(error: unknown): boolean {
  return error instanceof CaptureError && error.details.isUnknownClient === true;
}

export const seeStatusPage = 'See https://aic.status.akamai.com.';

export function notCaptureHint(host: string): string {
  return `Check \`capture_domain\`: ${host} probably isn't a Capture domain.`;
}
