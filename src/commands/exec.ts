import { once } from 'node:events';
import { isUnknownClient } from '../capture/capture-error.ts';
import { describeBug, ExpectedError } from '../errors.ts';
import type { Host } from '../host.ts';
import { type CreateInputs, readExecInputs } from '../inputs/create-inputs.ts';
import { stopIfCanceled } from '../lifecycle/cancellation.ts';
import type { ProvisionedClient } from '../lifecycle/client-request.ts';
import { formatDescription, parseDescription } from '../lifecycle/label.ts';
import type { SealedClient } from '../secrets/sealing.ts';
import { provision, reportClient, warnAboutInputs } from './create.ts';
import { openSealed } from './unseal.ts';
import { explaining, withCaptureOf, withRecord } from './use-capture.ts';

/** Runs the program with these credentials until it ends, and returns its exit code. */
export type RunProgram = (credentials: SealedClient, onStart: () => void) => Promise<number>;

/** Runs a program with a client of its own, or with the one in sealed credentials. */
export async function exec(host: Host, runProgram: RunProgram): Promise<number> {
  if (host.inputs.get('sealed_credentials') !== '') {
    const unsealed = await openSealed(host);
    await explaining("The program wasn't started.", () => stopIfCanceled(host.signal));
    return await runProgram(unsealed, () => {});
  }
  const inputs = readExecInputs(host);
  warnAboutInputs(inputs, host);
  return await withRecord(inputs.capture, host, async (record) => {
    const provisioned = await provision(inputs, record, host);
    await stopIfCanceled(host.signal);
    // Only what the user may have to act on: the client is gone soon.
    reportClient(provisioned, inputs, { ...host, log: { ...host.log, info() {} } });
    const stopRenewing = renewWhileRunning(provisioned, inputs, host);
    try {
      const { client } = provisioned;
      return await runProgram({ ...client, captureDomain: inputs.capture.domain.origin }, () =>
        record.recordHandedOver(client.clientId),
      );
    } finally {
      stopRenewing();
    }
  });
}

/** setInterval takes no more. */
const maxIntervalMs = 2 ** 31 - 1;

/**
 * Renews the expiration long before it's reached: the sweep must not delete a client that's in use.
 * @returns a function that ends this
 */
function renewWhileRunning({ client, label }: ProvisionedClient, inputs: CreateInputs, host: Host) {
  const stop = new AbortController();
  const info = (message: string): void => {
    if (!stop.signal.aborted) host.log.info(message);
  };
  // Notices were shown when the client was created.
  const log = { ...host.log, info, notice() {} };
  const text = parseDescription(client.description)?.text ?? '';
  const lifeMs = inputs.expiresInSeconds * 1000;
  const renew = async (): Promise<void> => {
    const expiresAt = Math.floor((Date.now() + lifeMs) / 1000) * 1000;
    const description = formatDescription({ text, label: { ...label, expiresAt } });
    const whyNot = async (): Promise<'ended' | undefined> => (stop.signal.aborted ? 'ended' : undefined);
    // Not the signal that ends the program: until it has ended, it needs the client.
    await withCaptureOf(inputs.capture, { ...host, log, signal: stop.signal }, ({ capture }) =>
      Promise.race([capture.setDescription(client, description, whyNot), once(stop.signal, 'abort')]),
    );
    if (!stop.signal.aborted) log.debug(`Renewed the expiration of client ${client.clientId}.`);
  };
  const timer = setInterval(
    () => {
      renew().catch((error: unknown) => {
        if (stop.signal.aborted) return;
        const isGone = isUnknownClient(error);
        // An exception here would end this process, and leave the program and the client behind.
        const problem = error instanceof ExpectedError ? error.message : describeBug(error, 'Report it.');
        if (isGone) clearInterval(timer);
        log.warning(
          isGone
            ? `Client ${client.clientId} was deleted, but the program still uses it.`
            : `The expiration of client ${client.clientId} wasn't renewed. ${problem}`,
        );
      });
    },
    Math.min(lifeMs / 2, maxIntervalMs),
  );
  timer.unref();
  return () => {
    clearInterval(timer);
    stop.abort();
  };
}
