import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Emulator, startEmulator } from '../../emulator/emulator.ts';
import type { AuthScheme, Credentials } from '../../src/capture/authentication.ts';
import { CaptureError, isUnknownClient } from '../../src/capture/capture-error.ts';
import { type Capture, openCapture } from '../../src/capture/client.ts';
import { systemClock } from '../../src/capture/clock.ts';
import { startTimeLimit } from '../../src/capture/time-limit.ts';
import { openTransport } from '../../src/capture/transport.ts';

// What the actions rely on. The check action shows the same on a live tenant.
let emulator: Emulator;
let count = 0;

beforeAll(async () => {
  emulator = await startEmulator();
});

afterAll(async () => {
  await emulator.close();
});

/** Opens the API as the owner or as another client. */
function connect(
  credentials: Credentials = ownerOf(emulator),
  authScheme: AuthScheme = 'basic-auth',
): { readonly capture: Capture } & AsyncDisposable {
  const domain = new URL(emulator.domain);
  const transport = openTransport(domain);
  const timeLimit = startTimeLimit(60_000, systemClock);
  const access = { domain, owner: credentials, authScheme };
  const capture = openCapture({ ...access, transport, clock: systemClock, timeLimit, userAgent: 'test' });
  return { capture, [Symbol.asyncDispose]: () => transport.close() };
}

function ownerOf({ owner }: Emulator): Credentials {
  return { clientId: owner.client_id, clientSecret: owner.client_secret };
}

/** Returns a description that no client has. */
function newDescription(): string {
  count += 1;
  return `client ${count}`;
}

describe.each(['basic-auth', 'janrain-signed'] as const)('with %s', (authScheme) => {
  test('a client is created, listed, described, given features, and deleted', async () => {
    await using owner = connect(undefined, authScheme);
    const { capture } = owner;
    const description = newDescription();
    const client = await capture.addClient({ description, features: ['login_client'] });
    expect(client).toMatchObject({ description, features: ['login_client'] });
    expect(await find(client.clientId)).toMatchObject({ ...client, whitelist: ['0.0.0.0/0'] });

    const renamed = newDescription();
    await capture.setDescription(client.clientId, renamed);
    await capture.setFeatures(client.clientId, ['direct_read_access']);
    expect(await find(client.clientId)).toMatchObject({
      clientSecret: client.clientSecret,
      description: renamed,
      features: ['direct_read_access'],
    });

    expect(await capture.deleteClient(client.clientId)).toBe('deleted');
    expect(await find(client.clientId)).toBeUndefined();
    expect(await capture.deleteClient(client.clientId)).toBe('gone');
  });
});

test('a description that is not ASCII is kept', async () => {
  await using owner = connect(undefined, 'janrain-signed');
  const description = `${newDescription()}: Größe = 1 & 2 + „drei“ % ☕`;
  const { clientId } = await owner.capture.addClient({ description, features: [] });
  expect(await find(clientId)).toMatchObject({ description });
});

test('the longest description that the action writes is kept', async () => {
  await using owner = connect();
  const description = newDescription().padEnd(760, '.');
  const { clientId } = await owner.capture.addClient({ description, features: [] });
  expect(await find(clientId)).toMatchObject({ description });
});

test('a reset returns a new secret, and with 0 hours ends the old one', async () => {
  await using owner = connect();
  const old = await owner.capture.addClient({ description: newDescription(), features: ['owner'] });
  const clientSecret = await owner.capture.resetSecret(old.clientId, 1);
  expect(await codeOf(old)).toBeUndefined();
  expect(await codeOf({ ...old, clientSecret })).toBeUndefined();
  expect(await find(old.clientId)).toMatchObject({ clientSecret });

  const newest = await owner.capture.resetSecret(old.clientId, 0);
  expect(await codeOf({ ...old, clientSecret })).toBe(402);
  expect(await codeOf({ ...old, clientSecret: newest })).toBeUndefined();
});

test('an allow list rejects other addresses', async () => {
  await using owner = connect();
  const client = await owner.capture.addClient({ description: newDescription(), features: ['owner'] });
  expect(await codeOf(client)).toBeUndefined();
  await owner.capture.setWhitelist(client.clientId, ['203.0.113.0/24']);
  expect(await find(client.clientId)).toMatchObject({ whitelist: ['203.0.113.0/24'] });
  expect(await codeOf(client)).toBe(403);
});

test("settings are the client's own over the application's defaults", async () => {
  await using owner = connect();
  const { capture } = owner;
  const template = await capture.addClient({ description: newDescription(), features: ['login_client'] });
  const other = await capture.addClient({ description: newDescription(), features: ['login_client'] });
  const defaults = await capture.listSettings(other.clientId);
  const own = new Map([
    ['site_name', 'Größe = "1" & 2 + 3 %'],
    ['verify_email_url', 'https://preview.example/?a=b#c'],
  ]);
  await capture.setSettings(template.clientId, own);
  expect(await capture.listSettings(template.clientId)).toEqual(new Map([...defaults, ...own]));
  expect(await capture.listSettings(other.clientId)).toEqual(defaults);
});

test("a call for a client that doesn't exist fails with the error that the action recognizes", async () => {
  await using owner = connect();
  const { capture } = owner;
  const { clientId } = await capture.addClient({ description: newDescription(), features: [] });
  await capture.deleteClient(clientId);
  const calls = [
    () => capture.setDescription(clientId, newDescription()),
    () => capture.setFeatures(clientId, []),
    () => capture.setWhitelist(clientId, ['203.0.113.0/24']),
    () => capture.resetSecret(clientId, 0),
    () => capture.listSettings(clientId),
    () => capture.setSettings(clientId, new Map([['site_name', 'x']])),
  ];
  for (const call of calls) {
    const error = await call().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CaptureError);
    expect(isUnknownClient(error as CaptureError)).toBe(true);
  }
});

async function find(clientId: string) {
  await using owner = connect();
  const { picked } = await owner.capture.listClients((client) =>
    client.clientId === clientId ? client : undefined,
  );
  return picked[0];
}

/** Returns the code with which Capture rejects these credentials, or undefined if it accepts them. */
async function codeOf(credentials: { clientId: string; clientSecret: string }): Promise<number | undefined> {
  await using connection = connect(credentials);
  try {
    await connection.capture.listSettings(credentials.clientId);
    return undefined;
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    return error.details.code;
  }
}
