import { CaptureError } from '../capture/capture-error.ts';
import { sleepUnlessCanceled } from './cancellation.ts';
import { formatDescription, maxNameBytes, maxTextBytes } from './label.ts';
import type { NewClient } from './new-client.ts';
import {
  addTestClient,
  type Check,
  type Expected,
  isAccepted,
  rejectionOf,
  removeTestClient,
  requireAccepted,
  waitUntil,
} from './test-clients.ts';

const minuteMs = 60_000;
/** How long a list may show an old description. */
const maxListDelayMs = 3_000;

interface Point extends Expected {
  readonly id: string;
  readonly title: string;
  /** Whether it's only observed with signed calls, or if an hour may pass. */
  readonly only?: 'signed' | 'waiting';
  /** Leaves no client. */
  observe(check: Check): Promise<string>;
}

/** @param waitForExpiry whether to observe the point that takes an hour, too */
export async function observeOpenPoints(check: Check, waitForExpiry: boolean): Promise<void> {
  const isMeant = { signed: check.authScheme === 'janrain-signed', waiting: waitForExpiry };
  for (const { id, title, only, observe, ...expected } of openPoints)
    if (only === undefined || isMeant[only]) await check.point(id, title, () => observe(check), expected);
}

/** What Akamai's documents leave open, or where a tenant may differ from them (docs/verification.md). */
export const openPoints: readonly Point[] = [
  {
    id: 'duplicate-description',
    title: 'Create a client with the description of another one',
    documented: 'rejected',
    observe: (check) => withClient(check, [], ({ text }) => attempt(check, [], text)),
  },
  {
    id: 'login-client-exclusive',
    title: 'Create a client with login_client and another feature',
    documented: 'rejected',
    observe: (check) => attempt(check, ['login_client', 'direct_read_access']),
  },
  {
    id: 'description-length',
    title: 'Longest description',
    hint: (observed) =>
      observed.includes('as long as needed')
        ? undefined
        : 'Use short values for `description` and `name`: a label that is cut off makes a client invisible to the sweep.',
    observe: (check) => withClient(check, [], (client) => describeLongest(client, check)),
  },
  {
    id: 'new-client',
    title: 'Change a client right after it was created',
    documented: 'accepted',
    observe: (check) =>
      withClient(check, [], async ({ clientId }) => {
        // Without the time of its creation, the call isn't repeated.
        return await check.capture
          .setFeatures({ clientId }, ['login_client'])
          .then(() => 'accepted', describeRejection);
      }),
  },
  {
    id: 'allow-list',
    title: 'Use a client from outside its allow list',
    documented: 'rejected with 403',
    hint: () => "Don't rely on `ip_allow_list` with this tenant.",
    observe: (check) =>
      withClient(check, ['owner'], async (client) => {
        await requireAccepted(check, client);
        // TEST-NET-3: no machine has such an address.
        await check.capture.setWhitelist(client, ['203.0.113.0/24']);
        const code = await rejectionOf(check, client);
        return code === undefined ? 'accepted' : `rejected with ${code}`;
      }),
  },
  {
    id: 'reset-now',
    title: 'Use an old secret after a reset with hours_to_live 0',
    documented: 'rejected',
    hint: () => 'With `rotate_secret: 0h`, the old secret still works for a while.',
    observe: (check) =>
      withClient(check, [], async (client) => {
        await requireAccepted(check, client);
        await check.capture.resetSecret(client, 0);
        return await acceptance(client, check);
      }),
  },
  {
    id: 'owner-deletion',
    title: 'Delete a client that has the feature owner',
    documented: 'rejected',
    async observe(check) {
      const client = await addTestClient(check, ['owner']);
      const result = await deleteAsIs(client, check);
      if (result === 'deleted') check.record.recordDeleted(client.clientId);
      else await removeTestClient(check, client);
      // Some tenants may reject it with the code for an unknown client.
      return result === 'deleted' ? 'accepted' : 'rejected';
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
      const result = await deleteAsIs(client, check);
      if (result === 'gone') return 'rejected as unknown';
      return result === 'deleted' ? 'accepted' : 'rejected';
    },
  },
  {
    id: 'read-methods',
    title: 'Read with POST, or else with GET',
    // The lines before have made such calls.
    observe: async ({ capture }) => (capture.forms().getOnly ? 'only GET accepted' : 'POST accepted'),
  },
  {
    id: 'empty-signature',
    title: 'Sign a call without parameters',
    only: 'signed',
    async observe({ capture }) {
      const { emptySignature } = capture.forms();
      return `${emptySignature === 'code' ? "the published code's" : "the documents'"} form accepted`;
    },
  },
  {
    id: 'secret-expiry',
    title: 'Use an old secret before and after its hours_to_live',
    documented: 'accepted after 55 minutes, rejected after 61',
    only: 'waiting',
    hint: () => "Don't use `enforce_expiry` with this tenant.",
    observe: (check) =>
      withClient(check, [], async (client) => {
        await requireAccepted(check, client);
        await check.capture.resetSecret(client, 1);
        await sleepUnlessCanceled(55 * minuteMs, check);
        const before = await acceptance(client, check);
        await sleepUnlessCanceled(6 * minuteMs, check);
        return `${before} after 55 minutes, ${await acceptance(client, check)} after 61`;
      }),
  },
];

/** Of the secret that the client had when it was created. */
async function acceptance(client: NewClient, check: Check): Promise<string> {
  return (await isAccepted(check, client)) ? 'accepted' : 'rejected';
}

/** Without its features, the client doesn't lose the feature owner first. */
async function deleteAsIs({ clientId }: NewClient, { capture }: Check): Promise<string> {
  return await capture.deleteClient({ clientId, features: [] }).catch(describeRejection);
}

async function withClient<T>(
  check: Check,
  features: readonly string[],
  observe: (client: NewClient) => Promise<T>,
): Promise<T> {
  const client = await addTestClient(check, features);
  try {
    return await observe(client);
  } finally {
    await removeTestClient(check, client);
  }
}

async function attempt(check: Check, features: readonly string[], text?: string): Promise<string> {
  const client = await addTestClient(check, features, text).catch(describeRejection);
  if (client === 'rejected') return client;
  await removeTestClient(check, client);
  return 'accepted';
}

/** Rethrows what isn't a rejection by Capture. */
function describeRejection(error: unknown): 'rejected' {
  if (error instanceof CaptureError && error.details.applied === 'no' && error.details.code !== undefined)
    return 'rejected';
  throw error;
}

/** Tries the longest description that the limits of the inputs allow. */
async function describeLongest(client: NewClient, check: Check): Promise<string> {
  const { capture, label } = check;
  // Letters outside ASCII: two bytes each in the text, and six in the label.
  const name = 'é'.repeat(Math.floor(maxNameBytes / 6));
  const description = formatDescription({ text: 'é'.repeat(maxTextBytes / 2), label: { ...label, name } });
  let isStored = false;
  try {
    await capture.setDescription(client, description);
    isStored = await isDescribed(client, description, check);
  } catch (error) {
    describeRejection(error);
  } finally {
    // A label that is cut off would hide the client from the sweep.
    await capture.setDescription(client, client.description);
  }
  const bytes = Buffer.byteLength(description);
  return isStored ? `${bytes} bytes, as long as needed` : `less than ${bytes} bytes`;
}

/** Whether the list shows this description. It may show a new client, or a change, a little later. */
async function isDescribed({ clientId }: NewClient, description: string, check: Check): Promise<boolean> {
  const isListed = async (): Promise<boolean> => {
    const { picked } = await check.capture.listClients(
      (listed) => (listed.clientId === clientId && listed.description === description) || undefined,
    );
    return picked.length > 0;
  };
  return (await waitUntil(isListed, check, maxListDelayMs)) !== undefined;
}
