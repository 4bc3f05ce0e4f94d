import type { Credentials } from '../capture/authentication.ts';
import { CaptureError } from '../capture/capture-error.ts';
import type { Client } from '../capture/client.ts';
import { idempotent } from '../capture/retry.ts';
import { sleepUnlessCanceled } from './cancellation.ts';
import {
  addTestClient,
  type Check,
  isAccepted,
  maxDelayMs,
  newText,
  rejectionOf,
  removeTestClient,
  waitUntil,
} from './check-context.ts';
import { formatDescription } from './label.ts';

/** What a point shows if a condition for observing it never held. */
export interface Skipped {
  readonly skipped: string;
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
  observe(check: Check): Promise<string | Skipped>;
}

const minutes = [1, 5, 10, 15, 30, 60, 24 * 60];
const minuteMs = 60_000;
/** How long a list may show an old description. */
const maxListDelayMs = 3_000;
const descriptionLengths = [255, 256, 500, 512, 1000, 1024, 2000, 4000];
/** What a description of 500 characters, the most that the action accepts, needs with its label. */
const minNeededLength = 760;

export const openPoints: readonly Point[] = [
  {
    id: 'duplicate-description',
    title: 'Create a client with the description of another one',
    documented: 'rejected',
    observe: (check) => withClient(check, [], async (_, text) => await attempt(check, [], text)),
  },
  {
    id: 'login-client-exclusive',
    title: 'Create a client with login_client and another feature',
    documented: 'rejected',
    observe: (check) => attempt(check, ['login_client', 'direct_read_access']),
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
      Number(/\d+/.exec(observed)?.[0] ?? minNeededLength) < minNeededLength
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
      withOwner(check, async (client) => {
        const { capture, retry } = check;
        if (!(await waitForAcceptance(client, check))) return notAccepted;
        // TEST-NET-3: no machine has such an address.
        await retry(() => capture.setWhitelist(client.clientId, ['203.0.113.0/24']), idempotent);
        const code = await rejectionOf(check, client);
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
        if (!(await waitForAcceptance(client, check))) return notAccepted;
        await discardSecret(client, 0, check);
        return (await isAccepted(check, client)) ? 'accepted' : 'rejected';
      }),
  },
  {
    id: 'reset-twice',
    title: 'Use the first secret after two resets',
    observe: (check) =>
      withClient(check, [], async (client) => {
        if (!(await waitForAcceptance(client, check))) return notAccepted;
        for (const _ of [1, 2]) await discardSecret(client, 1, check);
        return (await isAccepted(check, client)) ? 'accepted' : 'rejected';
      }),
  },
  {
    id: 'owner-deletion',
    title: 'Delete a client that has the feature owner',
    documented: 'rejected',
    async observe(check) {
      if (!check.allowPrivilegedFeatures) return notAllowed;
      const client = await addTestClient(check, ['owner']);
      const observed = await check.capture.deleteClient(client.clientId).then(
        // Some tenants may reject it with the code for an unknown client.
        (result) => (result === 'deleted' ? 'accepted' : 'rejected'),
        describeRejection,
      );
      await removeTestClient(check, client);
      return observed;
    },
  },
  {
    id: 'deleted-twice',
    title: 'Delete a client that no longer exists',
    documented: 'rejected as unknown',
    hint: () => 'Repeated deletions can fail, although the client is deleted. Check the Console if one does.',
    async observe(check) {
      const client = await addTestClient(check);
      await removeTestClient(check, client);
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
      return `accepted up to ${behind} min behind and ${ahead} min ahead`;
    },
  },
  {
    id: 'read-methods',
    title: 'Read with GET and with POST',
    hint: (observed) =>
      observed === 'neither accepted'
        ? 'Nothing works without one of them. Open an issue, and paste this report as Markdown.'
        : undefined,
    async observe({ probe, owner }) {
      const call = { name: 'clients/list', parameters: { has_features: '["owner"]' }, credentials: owner };
      const isOk = async (method: 'GET' | 'POST') => (await probe({ ...call, method })).isOk;
      const accepted = [...((await isOk('GET')) ? ['GET'] : []), ...((await isOk('POST')) ? ['POST'] : [])];
      if (accepted.length === 0) return 'neither accepted';
      return accepted.length === 2 ? 'both accepted' : `only ${accepted[0]} accepted`;
    },
  },
  {
    id: 'compression',
    title: "Compressed responses to requests that don't accept them",
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
      if (!(await waitForAcceptance(client, check))) return notAccepted;
      await discardSecret(client, 1, check);
      const word = async (): Promise<string> => ((await isAccepted(check, client)) ? 'accepted' : 'rejected');
      await sleepUnlessCanceled(55 * minuteMs, check);
      const before = await word();
      await sleepUnlessCanceled(6 * minuteMs, check);
      return `${before} after 55 minutes, ${await word()} after 61`;
    }),
};

function ownSettings({ clientId }: { readonly clientId: string }) {
  return { name: 'settings/items', parameters: { for_client_id: clientId } };
}

const notAccepted: Skipped = {
  skipped: `Capture didn't accept the credentials of the new client within ${maxDelayMs / 1000} s.`,
};

async function waitForAcceptance(credentials: Credentials, check: Check): Promise<boolean> {
  return (await waitUntil(() => isAccepted(check, credentials), check)) !== undefined;
}

/** Resets the secret, so that the client's old one expires. The new one isn't used. */
async function discardSecret(client: Client, hoursToLive: number, { capture, log }: Check): Promise<void> {
  log.mask({ ...client, clientSecret: await capture.resetSecret(client.clientId, hoursToLive) });
}

const notAllowed: Skipped = {
  skipped: 'It needs a client with the owner feature. To check it, set allow_privileged_features.',
};

/** Does the same as `withClient`, with a client that could do everything. */
async function withOwner(
  check: Check,
  observe: (client: Client) => Promise<string | Skipped>,
): Promise<string | Skipped> {
  return check.allowPrivilegedFeatures ? await withClient(check, ['owner'], observe) : notAllowed;
}

/** Adds a client for a point, and deletes it afterward. */
async function withClient<T>(
  check: Check,
  features: readonly string[],
  observe: (client: Client, text: string) => Promise<T>,
): Promise<T> {
  const text = newText(check);
  const client = await addTestClient(check, features, text);
  const observed = await observe(client, text);
  await removeTestClient(check, { ...client, features });
  return observed;
}

/** Adds a client that may be rejected, and deletes it if it isn't. */
async function attempt(check: Check, features: readonly string[], text?: string): Promise<string> {
  let client: Client;
  try {
    client = await addTestClient(check, features, text);
  } catch (error) {
    return describeRejection(error);
  }
  await removeTestClient(check, client);
  return 'accepted';
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

async function longestDescription(client: Client, context: Check): Promise<string> {
  const { capture, retry, label } = context;
  const empty = formatDescription({ text: '', label }).length + 1;
  const setDescription = (description: string): Promise<void> =>
    retry(() => capture.setDescription(client.clientId, description), idempotent);
  let longest = 0;
  try {
    for (const length of descriptionLengths.filter((candidate) => candidate > empty)) {
      const description = formatDescription({ text: 'x'.repeat(length - empty), label });
      await setDescription(description);
      if (!(await isDescribed(client, description, context))) break;
      longest = length;
    }
  } catch (error) {
    describeRejection(error);
  } finally {
    // A label that is cut off would hide the client from the sweep.
    await setDescription(client.description);
  }
  return longest === descriptionLengths.at(-1)
    ? `${longest} characters or more`
    : `at least ${longest} characters`;
}

/** Whether the list shows this description. It may show a new client, or a change, a little later. */
async function isDescribed({ clientId }: Client, description: string, check: Check): Promise<boolean> {
  const pick = (listed: Client) => (listed.clientId === clientId ? listed.description : undefined);
  const isListed = async (): Promise<boolean> => {
    const { picked } = await check.retry(() => check.capture.listClients(pick), idempotent);
    return picked[0] === description;
  };
  return (await waitUntil(isListed, check, maxListDelayMs)) !== undefined;
}

async function largestShift({ probe, owner }: Check, sign: 1 | -1): Promise<number> {
  let largest = 0;
  for (const shift of minutes) {
    const call = { ...ownSettings(owner), credentials: owner, authScheme: 'janrain-signed' } as const;
    const { isOk } = await probe({ ...call, shiftMs: sign * shift * minuteMs });
    if (!isOk) break;
    largest = shift;
  }
  return largest;
}
