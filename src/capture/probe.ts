import { type AuthScheme, authenticate, type Credentials, type EmptySignature } from './authentication.ts';
import { WholeBody } from './body.ts';
import { CaptureError, classifyCode, classifyStatus } from './capture-error.ts';
import { noResponse } from './network-error.ts';
import type { TimeLimit } from './time-limit.ts';
import { NoResponseError, type Transport } from './transport.ts';

/** A call in a form that the client of this project never uses, to learn how a tenant responds to it. */
export interface ProbeCall {
  /** `settings/items` */
  readonly name: string;
  readonly parameters?: Readonly<Record<string, string>>;
  /** Default: POST, or GET if the tenant rejects that. */
  readonly method?: 'GET' | 'POST';
  readonly credentials: Credentials;
  /** Default: basic-auth. */
  readonly authScheme?: AuthScheme;
  readonly emptySignature?: EmptySignature;
  /** How far the date of a signature is off. Default: 0. */
  readonly shiftMs?: number;
}

/** What is kept of the response. Nothing in it can be a secret. */
export interface ProbeResult {
  readonly status: number;
  readonly isOk: boolean;
  /** Capture's error code. */
  readonly code: number | undefined;
  /** Whether the response was compressed, although no probe accepts that. */
  readonly isCompressed: boolean;
}

/**
 * Sends a call once.
 * @throws CaptureError if no response arrives, or one that only asks to come back later
 */
export type Probe = (call: ProbeCall) => Promise<ProbeResult>;

export interface ProbeOptions {
  readonly host: string;
  readonly transport: Transport;
  readonly timeLimit: TimeLimit;
  readonly userAgent: string;
  /** Capture's time, in milliseconds since the epoch. */
  readonly now: () => number;
}

export function openProbe({ host, transport, timeLimit, userAgent, now }: ProbeOptions): Probe {
  const send = async (call: ProbeCall, method: 'GET' | 'POST'): Promise<ProbeResult> => {
    const { name, parameters = {}, credentials } = call;
    const { authScheme = 'basic-auth', emptySignature = 'code', shiftMs = 0 } = call;
    const path = `/${name}`;
    const signed = { path, parameters, emptySignature };
    const form = new URLSearchParams(parameters).toString();
    const headers = {
      ...authenticate(authScheme, credentials, signed, now() + shiftMs),
      Accept: 'application/json',
      'Accept-Encoding': 'identity',
      'User-Agent': userAgent,
      ...(method === 'POST' ? { 'Content-Type': 'application/x-www-form-urlencoded' } : {}),
    };
    const request =
      method === 'POST' ? { path, body: form } : { path: form === '' ? path : `${path}?${form}` };
    const body = new WholeBody();
    const limitMs = timeLimit.attemptMs();
    try {
      const exchange = { limitMs, canceled: timeLimit.attemptOver, body };
      const response = await transport.send({ method, headers, ...request }, exchange);
      const { stat, code } = (body.json() ?? {}) as { readonly stat?: unknown; readonly code?: unknown };
      rejectForNow({ name, host }, response.status, code);
      return {
        status: response.status,
        isOk: stat === 'ok',
        code: typeof code === 'number' ? code : undefined,
        isCompressed: !['', 'identity'].includes(String(response.headers['content-encoding'] ?? '')),
      };
    } catch (error) {
      throw error instanceof NoResponseError ? noResponse({ name, host }, error, limitMs) : error;
    }
  };
  return async (call) => {
    const result = await send(call, call.method ?? 'POST');
    const isWrongMethod = result.code === 404 || result.status === 405;
    return call.method === undefined && isWrongMethod ? await send(call, 'GET') : result;
  };
}

/** A response that only says that Capture is busy or in trouble shows nothing about the call. */
function rejectForNow({ name, host }: { name: string; host: string }, status: number, code: unknown): void {
  const byCode = typeof code === 'number' ? classifyCode(code) : undefined;
  const classified = byCode ?? classifyStatus(status);
  if (!classified.retryable || (status >= 200 && status < 300 && byCode === undefined)) return;
  const problem = `Capture rejected ${name} for now (${byCode === undefined ? `HTTP ${status}` : code}).`;
  throw new CaptureError(problem, 'Run this again later.', { call: name, host, status, ...classified });
}
