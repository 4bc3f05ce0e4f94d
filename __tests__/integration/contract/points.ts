import { createHmac, randomUUID } from 'node:crypto';
import { CaptureError } from '../../../src/capture/capture-error.ts';
import type { Tenant } from './tenant.ts';

/** A question that the documents leave open (capture-api.md, "Open / unverified"), and how to ask a tenant. */
export interface Point {
  readonly question: string;
  /** How long a live tenant takes to answer, where that is more than a moment. */
  readonly minutes?: number;
  /** What this tenant does, in words that are the same for tenants that do the same. */
  ask(tenant: Tenant): Promise<string>;
}

/** What the documents leave open, too, and nobody asks a tenant. */
export const unasked: readonly { readonly question: string; readonly why: string }[] = [
  { question: 'How many clients an application may have', why: 'it would have to be filled' },
  { question: 'The host of the Configuration API in China', why: 'the action does not call that API' },
];

type Credentials = Tenant['owner'];

export const points: readonly Point[] = [
  {
    question: 'A description that another client has, on clients/add',
    async ask(tenant) {
      const description = newDescription(tenant);
      await add(tenant, { description });
      return await outcome(() => add(tenant, { description }), 'accepted: a second client');
    },
  },
  {
    question: 'A description that another client has, on clients/set_description',
    async ask(tenant) {
      const description = newDescription(tenant);
      await add(tenant, { description });
      const other = await add(tenant);
      await using owner = await tenant.connect();
      return await outcome(() => owner.capture.setDescription(other.clientId, description), 'accepted');
    },
  },
  {
    question: 'login_client together with another feature',
    ask: (tenant) =>
      outcome(() => add(tenant, { features: ['login_client', 'direct_read_access'] }), 'accepted'),
  },
  {
    question: 'Whether clients/add tells the allow list',
    async ask(tenant) {
      const answer = await send(tenant, 'clients/add', { description: newDescription(tenant) });
      return answer.whitelist === undefined ? 'no' : `yes: ${JSON.stringify(answer.whitelist)}`;
    },
  },
  {
    question: 'The signature of a call without parameters',
    async ask(tenant) {
      const forms = { 'as the vendor’s code makes it': '', 'as the documents say': '\n' };
      const taken: string[] = [];
      for (const [name, end] of Object.entries(forms)) {
        const answer = await send(tenant, 'clients/list', {}, signature(tenant, new Date(), end));
        if (answer.stat === 'ok') taken.push(name);
      }
      return taken.length === 0 ? 'neither form' : taken.join(', and ');
    },
  },
  {
    question: 'How far the Date of a signed call may be off',
    async ask(tenant) {
      const minutes = [1, 4, 9, 14, 29, 59, 24 * 60];
      for (const sign of [-1, 1]) {
        for (const [index, offset] of minutes.entries()) {
          const date = new Date(Date.now() + sign * offset * 60_000);
          const answer = await send(tenant, 'clients/list', {}, signature(tenant, date, ''));
          const other = await send(tenant, 'clients/list', {}, signature(tenant, date, '\n'));
          if (answer.stat === 'ok' || other.stat === 'ok') continue;
          if (sign === -1) minutes.length = index;
          else return `taken: up to ${minutes.at(-1) ?? 0} minutes behind, ${minutes[index - 1] ?? 0} ahead`;
          break;
        }
      }
      return `taken: up to ${minutes.at(-1) ?? 0} minutes, either way`;
    },
  },
  {
    question: 'Deleting a client that has the feature owner',
    async ask(tenant) {
      const client = await add(tenant, { features: ['owner'] });
      await using owner = await tenant.connect();
      return await outcome(() => owner.capture.deleteClient(client.clientId), 'deleted');
    },
  },
  {
    question: 'Deleting a client that is not there',
    ask: (tenant) => outcome(() => remove(tenant, randomUUID().replaceAll('-', '')), 'said to be deleted'),
  },
  {
    question: 'The delay before a new client works',
    async ask(tenant) {
      const client = await add(tenant, { features: ['owner'] });
      const start = Date.now();
      for (let attempt = 1; attempt <= 60; attempt += 1) {
        if ((await answerFor(tenant, client)).stat === 'ok') {
          return attempt === 1 ? 'none' : `${Math.round((Date.now() - start) / 1000)} s`;
        }
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
      return 'more than 30 s';
    },
  },
  {
    question: 'How long a deleted client still works',
    async ask(tenant) {
      const client = await add(tenant, { features: ['owner'] });
      await using owner = await tenant.connect();
      await owner.capture.setFeatures(client.clientId, ['login_client']);
      await owner.capture.deleteClient(client.clientId);
      return told(await answerFor(tenant, client), 'refused at once');
    },
  },
  {
    question: 'The old secret after clients/reset_secret with hours_to_live 0',
    async ask(tenant) {
      const client = await add(tenant, { features: ['owner'] });
      await using owner = await tenant.connect();
      await owner.capture.resetSecret(client.clientId, 0);
      return told(await answerFor(tenant, client), 'refused at once');
    },
  },
  {
    question: 'The first secret after two resets with hours_to_live 1',
    async ask(tenant) {
      const client = await add(tenant, { features: ['owner'] });
      await using owner = await tenant.connect();
      await owner.capture.resetSecret(client.clientId, 1);
      await owner.capture.resetSecret(client.clientId, 1);
      return told(await answerFor(tenant, client), 'refused');
    },
  },
  {
    question: 'The old secret when the hours_to_live of clients/reset_secret are over',
    minutes: 61,
    async ask(tenant) {
      const client = await add(tenant, { features: ['owner'] });
      await using owner = await tenant.connect();
      await owner.capture.resetSecret(client.clientId, 1);
      await tenant.pass(55 * 60_000);
      const before = await answerFor(tenant, client);
      await tenant.pass(6 * 60_000);
      const after = await answerFor(tenant, client);
      return `of one hour, after 55 minutes: ${told(before, 'refused')}; after 61: ${told(after, 'refused')}`;
    },
  },
  {
    question: 'A call from outside the allow list',
    async ask(tenant) {
      const client = await add(tenant, { features: ['owner'] });
      await using owner = await tenant.connect();
      await owner.capture.setWhitelist(client.clientId, ['203.0.113.0/24']);
      const { stat, code, error } = await answerFor(tenant, client);
      return stat === 'ok' ? 'taken' : `refused with ${code} ${error}`;
    },
  },
  {
    question: 'The longest description',
    async ask(tenant) {
      let longest = 0;
      for (const length of [100, 255, 256, 500, 512, 760, 1000, 1024, 2000, 4000]) {
        const description = newDescription(tenant).padEnd(length, 'x');
        const { clientId } = await add(tenant, { description }).catch(() => ({ clientId: '' }));
        if (clientId === '' || (await descriptionOf(tenant, clientId)) !== description) break;
        longest = length;
      }
      return longest === 4000 ? 'no limit up to 4000 characters' : `at least ${longest} characters`;
    },
  },
  {
    question: 'Simultaneous calls, and how too many are refused',
    async ask(tenant) {
      const answers = await Promise.all(
        Array.from({ length: 20 }, () =>
          send(tenant, 'settings/items', { for_client_id: tenant.owner.clientId }),
        ),
      );
      const refused = answers.find(({ stat }) => stat !== 'ok');
      if (refused === undefined) return '20 at once are taken';
      const { status, code, headers } = refused;
      return `of 20 at once some are refused, with HTTP ${status}, code ${code} and the headers ${headers}`;
    },
  },
  {
    question: 'settings/keys',
    async ask(tenant) {
      const { result } = await send(tenant, 'settings/keys', { for_client_id: tenant.owner.clientId });
      return Array.isArray(result) ? 'an array' : typeof result;
    },
  },
  {
    question: 'settings/items of a client that is not there',
    async ask(tenant) {
      const { clientId } = await add(tenant);
      await remove(tenant, clientId);
      await using owner = await tenant.connect();
      return await outcome(() => owner.capture.listSettings(clientId), 'answered');
    },
  },
  {
    question: 'Setting janrainOidcClientId',
    async ask(tenant) {
      const { clientId } = await add(tenant, { features: ['login_client'] });
      await using owner = await tenant.connect();
      const settings = new Map([['janrainOidcClientId', randomUUID()]]);
      return await outcome(() => owner.capture.setSettings(clientId, settings), 'accepted');
    },
  },
];

let made = 0;

function newDescription({ prefix }: Tenant): string {
  made += 1;
  return `${prefix}, point ${made}`;
}

async function add(
  tenant: Tenant,
  { description = newDescription(tenant), features = [] as readonly string[] } = {},
): Promise<Credentials> {
  await using owner = await tenant.connect();
  return await owner.capture.addClient({ description, features });
}

async function remove(tenant: Tenant, clientId: string): Promise<void> {
  await using owner = await tenant.connect();
  if ((await owner.capture.deleteClient(clientId)) === 'gone') {
    throw new CaptureError('', '', { call: '', host: '', applied: 'no', retryable: false, code: 200 });
  }
}

async function descriptionOf(tenant: Tenant, clientId: string): Promise<string | undefined> {
  await using owner = await tenant.connect();
  const { picked } = await owner.capture.listClients((client) =>
    client.clientId === clientId ? client.description : undefined,
  );
  return picked[0];
}

async function outcome(act: () => Promise<unknown>, accepted: string): Promise<string> {
  try {
    await act();
    return accepted;
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    const { code, argumentName } = error.details;
    return `refused with ${code}${argumentName === undefined ? '' : ` on ${argumentName}`}`;
  }
}

interface Answer extends Record<string, unknown> {
  readonly status: number;
  /** Their names; with its value what could be about a limit. */
  readonly headers: string;
}

/** Whether the credentials still worked. */
function told({ stat, code }: Answer, refused: string): string {
  return stat === 'ok' ? 'still works' : `${refused} with ${code}`;
}

/** Whether an owner's credentials work. */
function answerFor(tenant: Tenant, { clientId, clientSecret }: Credentials): Promise<Answer> {
  const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
  return send(tenant, 'settings/items', { for_client_id: clientId }, { Authorization: `Basic ${basic}` });
}

/** One call as it stands, by hand: what the action's own client would never send, or would not tell. */
async function send(
  { domain, owner }: Tenant,
  name: string,
  parameters: Record<string, string>,
  headers?: Record<string, string>,
): Promise<Answer> {
  const basic = Buffer.from(`${owner.clientId}:${owner.clientSecret}`).toString('base64');
  const response = await fetch(new URL(`/${name}`, domain), {
    method: 'POST',
    redirect: 'error',
    headers: headers ?? { Authorization: `Basic ${basic}` },
    body: new URLSearchParams(parameters),
  });
  const body: unknown = await response.json().catch(() => ({}));
  const names = [...response.headers].map(([key, value]) =>
    /retry|limit/.test(key) ? `${key}: ${value}` : key,
  );
  return { ...(body as Record<string, unknown>), status: response.status, headers: names.join(', ') };
}

/** The signature of `clients/list` without parameters (capture-api.md §3b). */
function signature({ owner }: Tenant, date: Date, end: string): Record<string, string> {
  const time = date.toISOString().slice(0, 19).replace('T', ' ');
  const text = `/clients/list\n${time}\n${end}`;
  const mac = createHmac('sha1', owner.clientSecret).update(text).digest('base64');
  return { Date: time, Authorization: `Signature ${owner.clientId}:${mac}` };
}
