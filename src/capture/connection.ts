import { type Environment, EnvironmentError, type WorkflowContext } from '../github/context.ts';
import type { Log } from '../github/log.ts';
import { version } from '../version.ts';
import type { CaptureError } from './capture-error.ts';
import { type Capture, type CaptureAccess, maxResponseBytes, openCapture } from './client.ts';
import { systemClock } from './clock.ts';
import type { ProxySettings } from './proxy.ts';
import { type Retry, withRetries } from './retry.ts';
import { startTimeLimit, type TimeLimit } from './time-limit.ts';
import { openTransport, type Transport } from './transport.ts';

/** An open connection to Capture. */
export interface Connection {
  readonly capture: Capture;
  /** The same, but every call is sent once. */
  readonly captureOnce: Capture;
  /** Makes attempts, with back-off, as long as `mayRepeat` allows and there is time. */
  repeat<T>(attempt: () => Promise<T>, mayRepeat: (error: CaptureError) => boolean): Promise<T>;
  /** Ends early when the step is interrupted. */
  sleep(ms: number): Promise<void>;
  readonly timeLimit: TimeLimit;
}

/** Whom to speak to, for how long, and what of the step that needs. */
export interface ConnectionOptions {
  readonly access: CaptureAccess;
  /** The time for all API work, from now on. */
  readonly timeoutMs: number;
  readonly context: WorkflowContext;
  readonly env: Environment;
  readonly log: Log;
  /** Fires when the step is cancelled. */
  readonly interrupted?: AbortSignal;
}

/**
 * Lends a connection to Capture and closes it afterwards, whatever problem.
 * @throws EnvironmentError if the environment names a proxy that is no URL; else what `use` throws
 */
export async function withCapture<T>(
  options: ConnectionOptions,
  use: (connection: Connection) => Promise<T>,
): Promise<T> {
  const { access, timeoutMs, context, env, log, interrupted } = options;
  remarkOnVerification(env, log);
  const transport = open(access.domain, env);
  const timeLimit = startTimeLimit(timeoutMs, systemClock, interrupted);
  const retries = {
    timeLimit,
    clock: systemClock,
    random: Math.random,
    onRetry: (retry: Retry) => log.info(describeRetry(retry)),
  };
  const captureOptions = { ...access, ...retries, transport, userAgent: userAgent(context) };
  try {
    return await use({
      capture: openCapture(captureOptions),
      captureOnce: openCapture({ ...captureOptions, retries: false }),
      repeat: (attempt, mayRepeat) => withRetries(attempt, mayRepeat, retries),
      sleep: (ms) => systemClock.sleep(ms, interrupted),
      timeLimit,
    });
  } finally {
    // Not waited for: what is open is dropped, and the step goes on meanwhile.
    transport.close().catch(() => {});
  }
}

/** As an annotation, before anything is sent: Node's own warning is a line among others, and may come later. */
function remarkOnVerification(env: Environment, log: Log): void {
  if (env.NODE_TLS_REJECT_UNAUTHORIZED !== '0') return;
  log.warning(
    'NODE_TLS_REJECT_UNAUTHORIZED is 0, so no certificate is checked: whoever sits between this runner and Capture can pass for it and take the owner credentials. Remove the variable; a private CA goes into NODE_EXTRA_CA_CERTS.',
  );
}

function open(domain: URL, env: Environment): Transport {
  try {
    return openTransport(domain, readProxies(env), maxResponseBytes);
  } catch {
    // Neither the cause nor the URL is repeated: the URL may hold a password.
    throw new EnvironmentError(
      'HTTPS_PROXY or HTTP_PROXY is not the URL of a proxy; it looks like http://proxy.example.com:3128, or http://USER:PASSWORD@proxy.example.com:3128 with special characters percent-encoded.',
    );
  }
}

/** The proxies of the environment; the lower-case name wins, as in curl and in the Actions toolkit. */
export function readProxies(env: Environment): ProxySettings {
  const read = (name: string): string => env[name] || env[name.toUpperCase()] || '';
  return { httpProxy: read('http_proxy'), httpsProxy: read('https_proxy'), noProxy: read('no_proxy') };
}

/** Lets whoever reads Capture's access log find the run; never holds anything secret. */
function userAgent({ origin, runId }: WorkflowContext): string {
  const agent = `capture-client-action/${version} (${origin.host}/${origin.name}; run ${runId})`;
  return agent.replace(/[^\x20-\x7e]/g, '?');
}

function describeRetry({ error, waitMs, attempt }: Retry): string {
  return `${error.problem} Trying again in ${(waitMs / 1000).toFixed(1)}s (attempt ${attempt}).`;
}
