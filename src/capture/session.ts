import type { Log } from '../log.ts';
import type { Credentials } from './authentication.ts';
import { type Capture, type CaptureAccess, openCapture } from './client.ts';
import { type Clock, startTimeLimit, systemClock, type TimeLimit } from './clock.ts';
import type { NetworkSettings } from './network-settings.ts';
import { createRepeat } from './retry.ts';
import { openSender } from './sender.ts';
import { openTransport } from './transport.ts';

export interface CaptureSession {
  readonly capture: Capture;
  readonly clock: Clock;
  readonly timeLimit: TimeLimit;
  readonly log: Pick<Log, 'info' | 'notice' | 'show'>;
  /** Fires when the step is canceled. */
  readonly signal: AbortSignal;
}

/** What only check uses. */
export interface DiagnosticSession extends CaptureSession {
  readonly captureAs: (credentials: Credentials) => Capture;
  /** Host and port of the proxy. Undefined: there's none. */
  readonly proxy?: string | undefined;
}

export interface SessionOptions {
  readonly access: CaptureAccess;
  readonly timeoutMs: number;
  readonly waitMs?: number;
  readonly network: NetworkSettings;
  /** Appears in Capture's access log, so it must not contain anything secret. */
  readonly userAgent: string;
  readonly log: Pick<Log, 'info' | 'notice' | 'warning' | 'debug' | 'mask' | 'show'>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens Capture, and closes it when `use` has finished or failed.
 * @throws ExpectedError if the network settings can't be used, or whatever `use` throws
 */
export async function withCapture<T>(
  options: SessionOptions,
  use: (session: DiagnosticSession) => Promise<T>,
): Promise<T> {
  const { access, network, log, signal = new AbortController().signal } = options;
  const { host } = access.domain;
  warnAboutTls(network, log);
  const transport = openTransport(access.domain, network);
  const clock = systemClock;
  const timeLimit = startTimeLimit(options.timeoutMs, clock, signal, options.waitMs);
  const sender = openSender({
    ...{ host, transport, clock, timeLimit, log, extraCaCerts: network.extraCaCerts },
    // Without what a header can't contain.
    userAgent: options.userAgent.replace(/[^\x20-\x7e]/g, '?'),
  });
  const repeat = createRepeat({ clock, timeLimit, random: Math.random, log });
  const captureAs = (credentials?: Credentials) =>
    openCapture({ ...access, sender, repeat, clock, log }, credentials);
  try {
    const proxy = transport.proxy?.name;
    return await use({ capture: captureAs(), captureAs, clock, timeLimit, log, signal, proxy });
  } finally {
    // Not awaited: what is in progress ends while the step goes on.
    transport.close().catch(() => {});
  }
}

let isTlsReported = false;

/** Node's own warning is one line of many, and may come later. */
function warnAboutTls({ verifyTls }: NetworkSettings, log: SessionOptions['log']): void {
  if (verifyTls || isTlsReported) return;
  isTlsReported = true;
  log.warning(
    'NODE_TLS_REJECT_UNAUTHORIZED is 0, so certificates are not verified: anyone between this runner and Capture can read the owner credentials. Remove the variable. For a private CA, set NODE_EXTRA_CA_CERTS.',
  );
}
