import { type ConnectionOptions, withCapture } from '../capture/connection.ts';
import { ExpectedError } from '../expected-error.ts';
import { seePendingSignals } from '../github/signals.ts';
import { type CreateInputs, toRequest } from '../inputs/create-inputs.ts';
import { throwIfCanceled } from '../lifecycle/cancellation.ts';
import { cleanUp, cleanupLimitMs, needsCleanup } from '../lifecycle/cleanup.ts';
import type { ProvidedClient } from '../lifecycle/client-request.ts';
import { type Creation, type CreationRecord, newMarker, startCreationRecord } from '../lifecycle/creation.ts';
import { provideClient } from '../lifecycle/provide.ts';
import { reportCleanup } from '../reports/cleanup-report.ts';
import { connectionOf, type Invocation } from './invocation.ts';

/**
 * Gives `use` a client. Afterward, deletes it unless it was handed over for longer than this process.
 * @throws what `use` throws; ExpectedError
 */
export async function withClient<T>(
  inputs: CreateInputs,
  invocation: Invocation,
  use: (provided: ProvidedClient, record: CreationRecord) => Promise<T>,
): Promise<T> {
  const { context, log, signal } = invocation;
  const connection = connectionOf(invocation, inputs.capture);
  return await withCleanup(connection, invocation, async (record) => {
    const request = toRequest(inputs, context, Date.now());
    const provided = await withCapture({ ...connection, signal }, (open) =>
      provideClient(request, { ...open, log, signal, record, newMarker }),
    );
    await seePendingSignals();
    throwIfCanceled(signal);
    return await use(provided, record);
  });
}

/**
 * Deletes, after `use`, what that recorded and didn't hand over for longer than this process. Another interruption
 * doesn't change that.
 * @throws what `use` throws
 */
export async function withCleanup<T>(
  connection: ConnectionOptions,
  { context: { wording }, log }: Invocation,
  use: (record: CreationRecord) => Promise<T>,
): Promise<T> {
  const saved: { creation?: Creation } = {};
  const record = startCreationRecord((creation) => {
    saved.creation = creation;
  });
  try {
    return await use(record);
  } finally {
    const { creation } = saved;
    if (creation !== undefined && needsCleanup(creation)) await cleanUpAfter(creation);
  }

  /** Only warns: what became of the client changes no exit code. */
  async function cleanUpAfter(creation: Creation): Promise<void> {
    const timeoutMs = cleanupLimitMs(creation);
    const { host } = connection.access.domain;
    try {
      const result = await withCapture({ ...connection, timeoutMs }, (open) => cleanUp(creation, open));
      reportCleanup(result, { creation, host, wording }, log);
    } catch (error) {
      const problem = error instanceof ExpectedError ? error.message : `Unexpected error: ${String(error)}.`;
      log.warning(
        `Cleanup failed. ${problem} If a client was created, the sweep deletes it after it expires.`,
      );
    }
  }
}
