import { isLoopback, isVendorDomain } from '../capture/domain.ts';
import { featureMeanings, isFeature, recordFeatures } from '../capture/features.ts';
import type { Log } from '../github/log.ts';
import type { SummaryRows } from '../github/summary.ts';
import type { CreateInputs } from '../inputs/create-inputs.ts';
import { formatTime, type Label, labelOf } from '../lifecycle/label.ts';
import type { Provided } from '../lifecycle/provide.ts';

/** Says before anything is sent what its user may not have meant. */
export function remarkOnInputs({ capture, features = [] }: CreateInputs, log: Log): void {
  remarkOnDomain(capture.domain, log);
  if (features.includes('login_client') && features.length > 1) {
    log.warning(
      'login_client goes with no other feature in the Console and the Configuration API; Capture may refuse the combination.',
    );
  }
}

/** A host that is not the vendor's may be a slip, or the customer's own name for Capture. */
export function remarkOnDomain({ hostname }: URL, log: Log): void {
  if (isVendorDomain(hostname) || isLoopback(hostname)) return;
  log.notice(
    `${hostname} is not one of the vendor's own Capture domains (*.janraincapture.com, *.capture.cn.janrain.com); it is about to get the owner credentials. If it is your own host name for Capture, all is well.`,
  );
}

/** Says what the step has, what its holder may do with it, and what becomes of it. */
export function reportClient(
  { client, label, created }: Provided,
  { capture, sealKey }: CreateInputs,
  log: Log,
): void {
  const { host } = capture.domain;
  log.info(`${created ? 'Created' : 'Reused'} client ${client.clientId} at ${host}: ${client.description}`);
  if (labelOf(client) === undefined) {
    log.warning(
      `Capture tells the description of ${client.clientId} back without the label at its end. If it keeps it so, neither the delete nor the sweep action knows the client: give a shorter description, and delete this client in the Console.`,
    );
  }
  log.info(`Its features: ${describeFeatures(client.features)}.`);
  if (client.features.length === 0) {
    log.notice(
      'Without features the client exists but may do nothing: Capture refuses its calls until features are given to it.',
    );
  }
  if (client.features.some((feature) => recordFeatures.some((opening) => opening === feature))) {
    log.notice(
      `Whoever holds the secret of ${client.clientId} can read customer records; direct_access lets them be changed, too.`,
    );
  }
  log.info(`It expires at ${formatTime(label.expiresAt)}. What removes it: ${remover(label)}.`);
  log.info(
    `client_secret is masked, so GitHub drops every job output that holds it. For later jobs: ${laterJobs(label, sealKey)}.`,
  );
}

/** The rows of the job summary. */
export function summarize(
  { client, label, created }: Provided,
  { capture, sealKey }: CreateInputs,
): SummaryRows {
  return [
    ['Client id', client.clientId],
    ['Created', created ? 'by this step' : 'earlier, reused'],
    ['Features', describeFeatures(client.features)],
    ['Tenant', capture.domain.host],
    ['Lifetime', label.purpose.lifetime],
    ['Expires', formatTime(label.expiresAt)],
    ['Removed by', remover(label)],
    ['For later jobs', laterJobs(label, sealKey)],
  ];
}

function laterJobs({ purpose }: Label, sealKey: string | undefined): string {
  if (purpose.lifetime === 'job') return 'nothing, as this client is gone before they start';
  return sealKey === undefined
    ? 'set seal_key, and the output sealed_credentials crosses; the unseal action opens it there'
    : 'hand on the output sealed_credentials; the unseal action opens it with the same seal_key';
}

function remover({ purpose }: Label): string {
  switch (purpose.lifetime) {
    case 'job':
      return "this step's post step at the end of the job; should that fail, the sweep action once this run is over";
    case 'run':
      return 'nothing, until the delete action (lifetime: run) or the sweep action runs; the sweep takes it once this run is over, or when it expires';
    case 'pull_request':
      return `the delete action (lifetime: pull_request) when pull request ${purpose.pullRequest} closes, or the sweep action once it is closed or the client expires`;
  }
}

function describeFeatures(features: readonly string[]): string {
  if (features.length === 0) return 'none';
  return features
    .map((feature) => (isFeature(feature) ? `${feature} (${featureMeanings[feature]})` : feature))
    .join(', ');
}
