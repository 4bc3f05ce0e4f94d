import type { Log } from '../log.ts';
import type { Credentials } from './authentication.ts';
import { type Capture, type CaptureAccess, openCapture } from './client.ts';
import { type Clock, systemClock } from './clock.ts';
import { openProbe, type Probe } from './probe.ts';
import { proxyFor, unusedEntries } from './proxy.ts';
import { createRetry, type Retry } from './retry.ts';
import { type Route, tlsOptions } from './route.ts';
import { startTimeLimit, type TimeLimit } from './time-limit.ts';
import { openTransport } from './transport.ts';

export interface Connection {
  readonly capture: Capture;
  /** The same, with other credentials. */
  readonly captureAs: (credentials: Credentials) => Capture;
  readonly probe: Probe;
  readonly retry: Retry;
  readonly clock: Clock;
  readonly timeLimit: TimeLimit;
}

export interface ConnectionOptions {
  readonly access: CaptureAccess;
  /** The time for all API calls, from now on. */
  readonly timeoutMs: number;
  /** How long `use` may wait in addition. Default: 0. */
  readonly waitMs?: number;
  readonly route: Route;
  /** Appears in Capture's access log, so it must not contain anything secret. */
  readonly userAgent: string;
  readonly log: Pick<Log, 'info' | 'notice' | 'warning'>;
  /** Fires when the step is canceled. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens a connection to Capture, and closes it when `use` has finished or failed.
 * @throws ExpectedError if the route can't be used, or whatever `use` throws
 */
export async function withCapture<T>(
  { access, timeoutMs, waitMs = 0, route, userAgent, log, signal }: ConnectionOptions,
  use: (connection: Connection) => Promise<T>,
): Promise<T> {
  const proxy = proxyFor(access.domain, route.proxies);
  remarkOnRoute(route, access.domain, log);
  const transport = openTransport(access.domain, { proxy, tls: tlsOptions(route) });
  const clock = systemClock;
  const timeLimit = startTimeLimit(timeoutMs, clock, signal, waitMs);
  const retry = createRetry({ clock, timeLimit, random: Math.random, log });
  // Whatever a header can't contain.
  const agent = userAgent.replace(/[^\x20-\x7e]/g, '?');
  const proxyVariable = proxy?.variable;
  const options = { ...access, transport, clock, timeLimit, userAgent: agent, proxyVariable };
  const capture = openCapture(options);
  const captureAs = (owner: Credentials) => openCapture({ ...options, owner });
  const now = () => clock.now() + (capture.clockOffsetMs() ?? 0);
  const probe = openProbe({ host: access.domain.host, transport, timeLimit, userAgent: agent, now });
  try {
    return await use({ capture, captureAs, probe, retry, clock, timeLimit });
  } finally {
    // Not awaited: open connections are dropped while the step goes on.
    transport.close().catch(() => {});
  }
}

/** Before anything is sent, and as annotations: Node's own warning is one line of many, and may come later. */
function remarkOnRoute({ proxies, verifyTls }: Route, domain: URL, log: ConnectionOptions['log']): void {
  if (!verifyTls) {
    log.warning(
      'NODE_TLS_REJECT_UNAUTHORIZED is 0, so certificates are not verified: anyone between this runner and Capture can read the owner credentials. Remove the variable. For a private CA, set NODE_EXTRA_CA_CERTS.',
    );
  }
  if (proxies.httpProxy === '' && proxies.httpsProxy === '') return;
  for (const entry of unusedEntries(proxies, domain)) {
    log.notice(
      `NO_PROXY: "${entry}" has no effect. Use a host name, .name for a domain, or * for every host, each with an optional port.`,
    );
  }
}
