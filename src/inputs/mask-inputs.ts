import { type NetworkSettings, proxySecrets } from '../capture/network-settings.ts';
import type { Log } from '../log.ts';
import { minKeyLength } from '../secrets/sealing.ts';
import type { InputSource } from './read-inputs.ts';

/** Masks every secret that this process was given, before anything else can print it. */
export function maskInputs({ get }: InputSource, network: NetworkSettings, log: Log): void {
  log.mask({ clientId: get('owner_client_id'), clientSecret: get('owner_client_secret') });
  // A key that is rejected as too short isn't a secret, and would hide words of the message.
  if (get('seal_key').length >= minKeyLength) log.maskSecret(get('seal_key'));
  log.maskSecret(get('gitlab_token'));
  // The saved state has the proxy, and the runner's debug log prints the state.
  for (const secret of proxySecrets(network)) log.maskSecret(secret);
}
