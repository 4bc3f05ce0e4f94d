import { isLoopback, isVendorDomain } from '../capture/domain.ts';
import type { Log } from '../log.ts';

/** A host that isn't Akamai's is probably a typo, or the customer's own name for Capture. */
export function remarkOnDomain({ hostname }: URL, log: Pick<Log, 'notice'>): void {
  if (isVendorDomain(hostname) || isLoopback(hostname)) return;
  log.notice(
    `${hostname} isn't an Akamai Capture domain. The owner credentials will be sent to it. Ignore this notice if ${hostname} is your own Capture host name.`,
    'custom Capture domain',
  );
}
