import type { CreatedClient } from '../capture/client.ts';
import { isLoopback, isVendorDomain } from '../capture/domain.ts';
import { featureMeanings, isFeature, recordFeatures } from '../capture/features.ts';
import { formatTime, type Label } from '../lifecycle/label.ts';
import type { Creation } from '../lifecycle/provision.ts';
import type { CreateInputs } from './inputs.ts';
import type { Log } from './log.ts';
import type { SummaryRows } from './summary.ts';

/** Says before anything is sent what its user may not have meant. */
export function remarkOnInputs({ capture, features }: CreateInputs, log: Log): void {
  const { hostname } = capture.domain;
  if (!isVendorDomain(hostname) && !isLoopback(hostname)) {
    log.notice(
      `${hostname} is not one of the vendor's own Capture domains (*.janraincapture.com, *.capture.cn.janrain.com); it is about to get the owner credentials. If it is your own host name for Capture, all is well.`,
    );
  }
  if (features.length === 0) {
    log.notice(
      'Without features the client exists but may do nothing: Capture refuses its calls until features are given to it.',
    );
  }
  if (features.includes('login_client') && features.length > 1) {
    log.warning(
      'login_client goes with no other feature in the Console and the Configuration API; Capture may refuse the combination.',
    );
  }
}

/** Says what was created, what its holder may do, and what becomes of it. */
export function reportClient(client: CreatedClient, host: string, label: Label, log: Log): void {
  log.info(`Created client ${client.clientId} at ${host}: ${client.description}`);
  log.info(`Its features: ${describeFeatures(client.features)}.`);
  if (client.features.some((feature) => recordFeatures.some((opening) => opening === feature))) {
    log.notice(
      `Whoever holds the secret of ${client.clientId} can read customer records; direct_access lets them be changed, too.`,
    );
  }
  log.info(
    `Nothing removes this client until the delete or the sweep action runs; the sweep may do so from ${formatTime(label.expiresAt)} on. Until then its secret works.`,
  );
  log.info(
    'client_secret is masked, so GitHub drops every job output that holds it: the secret serves the steps of this job. A job that needs a client can create its own.',
  );
}

/** Names what an interrupted creation may have left. */
export function remarkOnLeftover({ host, marker, outcome, announced }: Creation, log: Log): void {
  if (announced || outcome === 'none') return;
  const which =
    outcome === 'unknown' ? 'A client may have been created' : `Client ${outcome.clientId} was created`;
  log.warning(
    `${which} but not handed over. Look at ${host} for a client whose description holds the marker ${marker}, and delete it.`,
  );
}

/** The rows of the job summary. */
export function summarize(client: CreatedClient, host: string, label: Label): SummaryRows {
  return [
    ['Client id', client.clientId],
    ['Features', describeFeatures(client.features)],
    ['Tenant', host],
    ['Lifetime', label.purpose.lifetime],
    ['Expires', formatTime(label.expiresAt)],
    ['Removed by', 'the delete action, or the sweep once it has expired'],
  ];
}

function describeFeatures(features: readonly string[]): string {
  if (features.length === 0) return 'none';
  return features
    .map((feature) => (isFeature(feature) ? `${feature} (${featureMeanings[feature]})` : feature))
    .join(', ');
}
