import type { Credentials } from '../capture/authentication.ts';
import { CaptureError } from '../capture/capture-error.ts';
import type { Client } from '../capture/client.ts';
import type { Probe } from '../capture/probe.ts';
import { idempotent } from '../capture/retry.ts';
import { sleepUnlessCanceled } from './cancellation.ts';
import type { Dependencies } from './dependencies.ts';
import { formatDescription, type Label } from './label.ts';

export interface PointDependencies extends Dependencies {
  readonly owner: Credentials;
  readonly probe: Probe;
  /** All clients of the check have this label. */
  readonly label: Label;
}

/** What points work with. */
export interface PointContext extends PointDependencies {
  /** Returns a text for a description that no other client of the check has. */
  newText(): string;
  /** Adds one client. @throws CaptureError */
  add(features?: readonly string[], text?: string): Promise<Client>;
  /** Deletes a client of the check. @throws CaptureError */
  remove(client: Pick<Client, 'clientId' | 'features'>): Promise<void>;
  /** The code with which Capture rejects a call with the credentials. Undefined if it doesn't. @throws CaptureError */
  rejectionOf(credentials: Credentials): Promise<number | undefined>;
  /** Whether Capture accepts the credentials, whatever their features allow. @throws CaptureError */
  isAccepted(credentials: Credentials): Promise<boolean>;
  /** Waits until Capture accepts the credentials of a new client. @throws CaptureError */
  untilAccepted(credentials: Credentials): Promise<void>;
}

/** A point that Akamai's documents leave open, or where a tenant may differ from them: docs/verification.md. */
export interface Point {
  /** Stable, so that reports of several tenants can be compared. */
  readonly id: string;
  readonly title: string;
  /** What the documents say, as `observe` words it. Undefined if they say nothing. */
  readonly documented?: string;
  /** Which feature not to use, or undefined if the code copes with what was observed. */
  hint?(observed: string): string | undefined;
  /** What this tenant does, in words that are the same for tenants that do the same. Must leave no client. */
  observe(check: PointContext): Promise<string>;
}

const minutes = [1, 5, 10, 15, 30, 60, 24 * 60];
const minuteMs = 60_000;
const descriptionLengths = [255, 256, 500, 512, 1000, 1024, 2000, 4000];
const maxLists = 20;
const listPauseMs = 500;
/** What a description of 500 characters, the most that the action accepts, needs with its label. */
const neededLength = 760;

export const openPoints: readonly Point[] = [
  {
    id: 'duplicate-description',
    title: 'Create a client with the description of another one',
    documented: 'rejected',
    observe: (check) =>
      withClient(check, [], async (_, text) => await attempt(check, () => check.add([], text))),
  },
  {
    id: 'login-client-exclusive',
    title: 'Create a client with login_client and another feature',
    documented: 'rejected',
    observe: (check) => attempt(check, () => check.add(['login_client', 'direct_read_access'])),
  },
  {
    id: 'add-whitelist',
    title: 'Allow list in the response to clients/add',
    observe: (check) =>
      withClient(check, [], async ({ whitelist }) => (whitelist === undefined ? 'missing' : 'included')),
  },
  {
    id: 'description-length',
    title: 'Longest description',
    hint: (observed) =>
      Number(/\d+/.exec(observed)?.[0] ?? neededLength) < neededLength
        ? 'Use short values for description and name: a label that is cut off makes a client invisible to the sweep.'
        : undefined,
    observe: (check) => withClient(check, [], (client) => longestDescription(client, check)),
  },
  {
    id: 'allow-list',
    title: 'Use a client from outside its allow list',
    documented: 'rejected with 403',
    hint: () => "Don't rely on ip_allow_list with this tenant.",
    observe: (check) =>
      withClient(check, ['owner'], async (client) => {
        const { capture, retry } = check;
        await check.untilAccepted(client);
        // TEST-NET-3: no machine has such an address.
        await retry(() => capture.setWhitelist(client.clientId, ['203.0.113.0/24']), idempotent);
        const code = await check.rejectionOf(client);
        return code === undefined ? 'accepted' : `rejected with ${code}`;
      }),
  },
  {
    id: 'reset-now',
    title: 'Use an old secret after a reset with hours_to_live 0',
    documented: 'rejected',
    hint: () => 'With rotate_secret: 0h, the old secret still works for a while.',
    observe: (check) =>
      withClient(check, [], async (client) => {
        await check.untilAccepted(client);
        check.log.mask({ ...client, clientSecret: await check.capture.resetSecret(client.clientId, 0) });
        return (await check.isAccepted(client)) ? 'accepted' : 'rejected';
      }),
  },
  {
    id: 'reset-twice',
    title: 'Use the first secret after two resets',
    observe: (check) =>
      withClient(check, [], async (client) => {
        await check.untilAccepted(client);
        for (const _ of [1, 2]) {
          check.log.mask({ ...client, clientSecret: await check.capture.resetSecret(client.clientId, 1) });
        }
        return (await check.isAccepted(client)) ? 'accepted' : 'rejected';
      }),
  },
  {
    id: 'owner-deletion',
    title: 'Delete a client that has the feature owner',
    documented: 'rejected',
    async observe(check) {
      const client = await check.add(['owner']);
      try {
        await check.capture.deleteClient(client.clientId);
      } catch (error) {
        const observed = describeRejection(error);
        await check.remove(client);
        return observed;
      }
      check.creation.deleted();
      return 'accepted';
    },
  },
  {
    id: 'deleted-twice',
    title: 'Delete a client that no longer exists',
    documented: 'rejected as unknown',
    hint: () => 'Repeated deletions can fail, although the client is deleted. Check the Console if one does.',
    async observe(check) {
      const client = await check.add();
      await check.remove(client);
      try {
        return (await check.capture.deleteClient(client.clientId)) === 'gone'
          ? 'rejected as unknown'
          : 'accepted';
      } catch (error) {
        return describeRejection(error);
      }
    },
  },
  {
    id: 'empty-signature',
    title: 'Sign a call without parameters',
    hint: (observed) =>
      observed === 'neither form accepted' ? 'Set auth_scheme to basic-auth for this tenant.' : undefined,
    async observe({ probe, owner }) {
      const call = { name: 'settings/items', credentials: owner, authScheme: 'janrain-signed' } as const;
      const code = (await probe({ ...call, emptySignature: 'code' })).isOk;
      const documents = (await probe({ ...call, emptySignature: 'documents' })).isOk;
      if (code && documents) return 'both forms accepted';
      if (!code && !documents) return 'neither form accepted';
      return code ? "only the published code's form accepted" : "only the documents' form accepted";
    },
  },
  {
    id: 'clock-skew',
    title: 'Sign a call with a wrong date',
    async observe(check) {
      const behind = await largestShift(check, -1);
      const ahead = await largestShift(check, 1);
      return `accepted up to ${behind} minutes behind and ${ahead} minutes ahead`;
    },
  },
  {
    id: 'read-methods',
    title: 'Read with GET and with POST',
    hint: (observed) =>
      observed === 'neither accepted' ? 'This project cannot work with this tenant. Report it.' : undefined,
    async observe({ probe, owner }) {
      const call = { name: 'clients/list', parameters: { has_features: '["owner"]' }, credentials: owner };
      const get = (await probe({ ...call, method: 'GET' })).isOk;
      const post = (await probe({ ...call, method: 'POST' })).isOk;
      if (get && post) return 'both accepted';
      return get ? 'only GET accepted' : post ? 'only POST accepted' : 'neither accepted';
    },
  },
  {
    id: 'compression',
    title: 'Compressed responses, although not accepted',
    documented: 'no',
    async observe({ probe, owner }) {
      return (await probe({ ...ownSettings(owner), credentials: owner })).isCompressed ? 'yes' : 'no';
    },
  },
];

/** Takes an hour, so it's asked only on request. */
export const waitingPoint: Point = {
  id: 'secret-expiry',
  title: 'Use an old secret before and after its hours_to_live',
  documented: 'accepted after 55 minutes, rejected after 61',
  hint: () => "Don't use enforce_expiry with this tenant.",
  observe: (check) =>
    withClient(check, [], async (client) => {
      await check.untilAccepted(client);
      check.log.mask({ ...client, clientSecret: await check.capture.resetSecret(client.clientId, 1) });
      const word = async (): Promise<string> => ((await check.isAccepted(client)) ? 'accepted' : 'rejected');
      await sleepUnlessCanceled(55 * minuteMs, check);
      const before = await word();
      await sleepUnlessCanceled(6 * minuteMs, check);
      return `${before} after 55 minutes, ${await word()} after 61`;
    }),
};

function ownSettings({ clientId }: { readonly clientId: string }) {
  return { name: 'settings/items', parameters: { for_client_id: clientId } };
}

/** Adds a client for a point, and deletes it afterward. */
async function withClient(
  check: PointContext,
  features: readonly string[],
  observe: (client: Client, text: string) => Promise<string>,
): Promise<string> {
  const text = check.newText();
  const client = await check.add(features, text);
  const observed = await observe(client, text);
  await check.remove({ ...client, features });
  return observed;
}

/** Adds a client that may be rejected, and deletes it if it isn't. */
async function attempt(check: PointContext, add: () => Promise<Client>): Promise<string> {
  try {
    await check.remove(await add());
    return 'accepted';
  } catch (error) {
    return describeRejection(error);
  }
}

/** Rethrows what isn't a rejection by Capture. */
function describeRejection(error: unknown): string {
  if (
    !(error instanceof CaptureError) ||
    error.details.applied !== 'no' ||
    error.details.code === undefined
  ) {
    throw error;
  }
  return 'rejected';
}

async function longestDescription(client: Client, context: PointContext): Promise<string> {
  const { capture, retry, label } = context;
  const empty = formatDescription({ text: '', label }).length + 1;
  let longest = 0;
  for (const length of descriptionLengths.filter((one) => one > empty)) {
    const description = formatDescription({ text: 'x'.repeat(length - empty), label });
    try {
      await retry(() => capture.setDescription(client.clientId, description), idempotent);
    } catch (error) {
      describeRejection(error);
      break;
    }
    if ((await descriptionOf(client, context)) !== description) {
      // The label is cut off: restore it, so that the sweep finds the client whatever happens next.
      await retry(() => capture.setDescription(client.clientId, client.description), idempotent);
      break;
    }
    longest = length;
  }
  return longest === descriptionLengths.at(-1)
    ? `${longest} characters or more`
    : `at least ${longest} characters`;
}

/** As the list has it. A new client may take a while to be listed. */
async function descriptionOf({ clientId }: Client, context: PointContext): Promise<string | undefined> {
  const pick = (listed: Client) => (listed.clientId === clientId ? listed.description : undefined);
  for (let attempt = 1; ; attempt += 1) {
    const { picked } = await context.retry(() => context.capture.listClients(pick), idempotent);
    if (picked.length > 0 || attempt === maxLists) return picked[0];
    await sleepUnlessCanceled(listPauseMs, context);
  }
}

async function largestShift({ probe, owner }: PointContext, sign: 1 | -1): Promise<number> {
  let largest = 0;
  for (const shift of minutes) {
    const call = { ...ownSettings(owner), credentials: owner, authScheme: 'janrain-signed' } as const;
    const { isOk } = await probe({ ...call, shiftMs: sign * shift * minuteMs });
    if (!isOk) break;
    largest = shift;
  }
  return largest;
}
