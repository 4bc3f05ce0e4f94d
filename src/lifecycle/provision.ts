import { sleepUnlessCanceled, throwIfCanceled } from './cancellation.ts';
import {
  type ClientRequest,
  type ProvisionedClient,
  type Provisioning,
  StartOver,
} from './client-request.ts';
import { addClient, configureNewClient } from './new-client.ts';
import { readTemplate } from './settings.ts';

/** After this many rounds, waiting longer doesn't help. */
const maxRounds = 5;
const firstPauseMs = 500;

/**
 * Gives a step its client: a new one or, for a pull request, the one that it already has.
 * @throws CaptureError, Canceled, ExpectedError
 */
export async function provisionClient(
  request: ClientRequest,
  provisioning: Provisioning,
): Promise<ProvisionedClient> {
  const { signal, log, newMarker, capture } = provisioning;
  const ready = { ...request, configuration: await readTemplate(request.configuration, capture) };
  const label = { ...request.label, marker: newMarker() };
  for (let round = 1; ; round += 1) {
    throwIfCanceled(signal);
    try {
      if (label.purpose.lifetime === 'pull_request') {
        const { reuseOrCreate } = await import('./reuse.ts');
        return await reuseOrCreate(ready, label, provisioning);
      }
      return await configureNewClient(await addClient(ready, label, provisioning), ready, provisioning);
    } catch (error) {
      if (!(error instanceof StartOver) || round === maxRounds) throw error;
      log.info(`${error.problem} Starting over.`);
      await sleepUnlessCanceled(firstPauseMs * 2 ** (round - 1), provisioning);
    }
  }
}
