import { ExpectedError } from '../errors.ts';
import type { Host } from '../host.ts';
import { purposeOf } from '../inputs/create-inputs.ts';
import {
  captureInputs,
  type InputReader,
  type Rule,
  readInputs,
  rejectPullRequest,
} from '../inputs/read-inputs.ts';
import { formatPurpose } from '../lifecycle/label.ts';
import { isReusable, listSiblings, lowestId, type SiblingKey } from '../lifecycle/labeled-clients.ts';
import { applyConfiguration, isSameSet } from '../lifecycle/settings.ts';
import { explaining, withCaptureOf } from './use-capture.ts';

/** Changes the settings or the allow list of a client, and nothing else. Hands over no secret. */
export async function configure(host: Host): Promise<void> {
  const { capture: access, key, ...configuration } = readConfigureInputs(host);
  const { log } = host;
  let isFound = false;
  const meaning = () =>
    isFound ? 'Some of it may be changed. Another run sends only what differs.' : 'Nothing was changed.';
  const clientId = await explaining(meaning, () =>
    withCaptureOf(access, host, async (session) => {
      const siblings = await listSiblings(key, session);
      // As create chooses for a pull request. For a run, each create makes a new client.
      const client =
        lowestId(siblings.filter((sibling) => isReusable(sibling, session))) ?? lowestId(siblings);
      if (client === undefined) throw noSuchClient(key, access.domain.host);
      isFound = true;
      if (siblings.length > 1)
        log.warning(
          `${siblings.length} clients belong to ${formatPurpose(key.purpose)} with the name ${key.name}. Only client ${client.clientId} is configured. Delete the others, or give each a name of its own.`,
        );
      const { whitelist } = configuration;
      const isLimited = whitelist === undefined || isSameSet(whitelist, client.whitelist);
      const settings = await applyConfiguration(client, configuration, session);
      if (settings.length === 0 && isLimited)
        log.info(`Client ${client.clientId} already has this configuration.`);
      return client.clientId;
    }),
  );
  await host.publish({ values: { client_id: clientId } });
}

function readConfigureInputs(reader: InputReader) {
  const values = readInputs('configure', rules, reader);
  const { run } = reader;
  const key = { origin: run.origin, purpose: purposeOf(values, run), name: values.name ?? run.workflow };
  return {
    capture: captureInputs(values),
    key,
    whitelist: values.ip_allow_list,
    settings: values.settings ?? new Map<string, string>(),
  };
}

const rejectNothingToDo: Rule<'configure'> = ({ isGiven }) =>
  !isGiven('settings') &&
  !isGiven('ip_allow_list') &&
  'Nothing to change: `settings` and `ip_allow_list` are empty. Set one of them.';

const rules = [rejectPullRequest, rejectNothingToDo];

function noSuchClient({ origin, purpose, name }: SiblingKey, host: string): ExpectedError {
  const closed = purpose.lifetime === 'pull_request' ? 'the pull request is closed and ' : '';
  return new ExpectedError(
    `No client at ${host} belongs to ${origin.name} ${formatPurpose(purpose)} with the name ${name}.`,
    `Check that \`name\` and the ${purpose.lifetime === 'pull_request' ? 'pull request' : 'run'} are those that the client was created with. If ${closed}its client was deleted, there's nothing to configure.`,
    { title: 'no such client' },
  );
}
