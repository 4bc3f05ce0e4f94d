import { isLoopback, isVendorDomain } from '../capture/domain.ts';
import { type DiagnosticSession, withCapture } from '../capture/session.ts';
import { ExpectedError } from '../errors.ts';
import type { Host } from '../host.ts';
import type { CaptureInputs } from '../inputs/read-inputs.ts';
import type { RunContext } from '../inputs/run-context.ts';
import { type CreationRecord, startCreationRecord } from '../lifecycle/creation-record.ts';
import { version } from '../version.ts';

/** @param waitMs how long `use` may wait in addition to the timeout */
export async function withCaptureOf<T>(
  { timeoutMs, ...access }: CaptureInputs,
  { run, log, network, signal }: Pick<Host, 'run' | 'log' | 'network' | 'signal'>,
  use: (session: DiagnosticSession) => Promise<T>,
  waitMs = 0,
): Promise<T> {
  noticeCustomDomain(access.domain, log);
  const options = { access, timeoutMs, waitMs, network, userAgent: userAgent(run), log, signal };
  return await withCapture(options, use);
}

/** Records what a command creates. The host keeps the record for cleanup. */
export async function withRecord<T>(
  { timeoutMs, ...access }: CaptureInputs,
  host: Host,
  use: (record: CreationRecord) => Promise<T>,
): Promise<T> {
  const record = startCreationRecord((creation) => host.keep({ creation, access, network: host.network }));
  return await explaining(record.describe, () => use(record));
}

/** Adds to an error what it means for clients. @param meaning a whole sentence */
export async function explaining<T>(meaning: string | (() => string), act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    throw error.because({ problem: `${error.problem} ${typeof meaning === 'string' ? meaning : meaning()}` });
  }
}

/** A host that isn't Akamai's is probably a typo, or the customer's own name for Capture. */
function noticeCustomDomain({ hostname }: URL, log: Host['log']): void {
  if (isVendorDomain(hostname) || isLoopback(hostname)) return;
  log.notice(
    `${hostname} isn't an Akamai Capture domain. The owner credentials will be sent to it. Ignore this notice if ${hostname} is your own Capture host name.`,
    'custom Capture domain',
  );
}

/** Leads a reader of Capture's access log to the run, and contains no secret. */
export function userAgent({ origin, runId }: Pick<RunContext, 'origin' | 'runId'>): string {
  return `capture-client-action/${version} (${origin.host}/${origin.name}; run ${runId})`;
}
