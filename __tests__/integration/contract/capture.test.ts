import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CaptureError, isUnknownClient } from '../../../src/capture/capture-error.ts';
import { enterEmulator, enterLiveTenant, isLive, type Tenant } from './tenant.ts';

/** What the action relies on, of the emulator and of whatever tenant the environment names. */
let tenant: Tenant;
let made = 0;

beforeAll(async () => {
  tenant = isLive() ? enterLiveTenant() : await enterEmulator();
});

afterAll(async () => {
  await tenant.leave();
});

/** A description that no client has. */
function newDescription(): string {
  made += 1;
  return `${tenant.prefix}, client ${made}`;
}

describe.each(['basic-auth', 'janrain-signed'] as const)('with %s', (authScheme) => {
  test('a client is created, listed, described, given features, and deleted', async () => {
    await using owner = await tenant.connect(tenant.owner, authScheme);
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

test('words that no ASCII has come back as they were', async () => {
  await using owner = await tenant.connect(tenant.owner, 'janrain-signed');
  const description = `${newDescription()}: Größe = 1 & 2 + „drei“ % ☕`;
  const { clientId } = await owner.capture.addClient({ description, features: [] });
  expect(await find(clientId)).toMatchObject({ description });
});

test('the longest description that the action writes comes back whole', async () => {
  await using owner = await tenant.connect();
  const description = newDescription().padEnd(760, '.');
  const { clientId } = await owner.capture.addClient({ description, features: [] });
  expect(await find(clientId)).toMatchObject({ description });
});

test('a list can be narrowed to clients that have a feature', async () => {
  await using owner = await tenant.connect();
  const description = newDescription();
  const { clientId } = await owner.capture.addClient({ description, features: ['direct_access'] });
  const idsWith = async (feature: string): Promise<readonly string[]> =>
    (await owner.capture.listClients((client) => client.clientId, [feature])).picked;
  expect(await idsWith('direct_access')).toContain(clientId);
  expect(await idsWith('login_client')).not.toContain(clientId);
});

test('a reset gives a new secret, and 0 hours end the old one', async () => {
  await using owner = await tenant.connect();
  const old = await owner.capture.addClient({ description: newDescription(), features: ['owner'] });
  const clientSecret = await owner.capture.resetSecret(old.clientId, 1);
  expect(await codeOf(old)).toBeUndefined();
  expect(await codeOf({ ...old, clientSecret })).toBeUndefined();
  expect(await find(old.clientId)).toMatchObject({ clientSecret });

  const newest = await owner.capture.resetSecret(old.clientId, 0);
  expect(await codeOf({ ...old, clientSecret })).toBe(402);
  expect(await codeOf({ ...old, clientSecret: newest })).toBeUndefined();
});

test('an allow list keeps other addresses out', async () => {
  await using owner = await tenant.connect();
  const client = await owner.capture.addClient({ description: newDescription(), features: ['owner'] });
  expect(await codeOf(client)).toBeUndefined();
  await owner.capture.setWhitelist(client.clientId, ['203.0.113.0/24']);
  expect(await find(client.clientId)).toMatchObject({ whitelist: ['203.0.113.0/24'] });
  expect(await codeOf(client)).toBe(403);
});

test("settings are the client's own over the application's defaults, and go with it", async () => {
  await using owner = await tenant.connect();
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
  expect(await capture.getDefaultSetting('site_name')).toBe(defaults.get('site_name'));
});

test('a call for a client that is not there says so in the way that the action knows', async () => {
  await using owner = await tenant.connect();
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
  await using owner = await tenant.connect();
  const { picked } = await owner.capture.listClients((client) =>
    client.clientId === clientId ? client : undefined,
  );
  return picked[0];
}

/** How Capture refuses a call with these credentials; undefined if it does not. */
async function codeOf(credentials: { clientId: string; clientSecret: string }): Promise<number | undefined> {
  await using connection = await tenant.connect(credentials);
  try {
    await connection.capture.listSettings(credentials.clientId);
    return undefined;
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    return error.details.code;
  }
}
