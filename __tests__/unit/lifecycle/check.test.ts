import { describe, expect, test } from '@jest/globals';
import type { Credentials } from '../../../src/capture/authentication.ts';
import type { Capture } from '../../../src/capture/client.ts';
import { type CheckLine, type CheckRequest, checkTenant } from '../../../src/lifecycle/check.ts';
import type { CheckDependencies } from '../../../src/lifecycle/check-context.ts';
import { formatDescription } from '../../../src/lifecycle/label.ts';
import { hourMs } from '../../../src/lifecycle/secret.ts';
import { bug, fail, rejection } from '../../support/client-requests.ts';
import { loseResponse, Tenant } from '../../support/fake-capture.ts';
import { captureError, now, runLabel } from '../../support/fixtures.ts';

interface Behavior extends Partial<Pick<CheckRequest, 'mode' | 'waitForExpiry'>> {
  /** Whether a client's credentials are accepted. Default: while the client exists. */
  accepts?(credentials: Credentials, tenant: Tenant): boolean;
  /** What Capture does differently. */
  capture?(capture: Capture): Partial<Capture>;
  readonly changes?: Partial<CheckDependencies>;
}

/** Checks a tenant that has one client of somebody else. */
async function check(tenant: Tenant, behavior: Behavior = {}) {
  const { mode = 'life', waitForExpiry = false, accepts, capture: differ, changes } = behavior;
  tenant.add('foreign', runLabel, { description: 'made by hand' });
  const isAccepted = accepts ?? (({ clientId }) => tenant.clients.has(clientId));
  const wrong = captureError({ code: 402, retryable: false });
  const captureAs = (credentials: Credentials): Partial<Capture> => ({
    listSettings: async () => {
      if (!isAccepted(credentials, tenant)) throw wrong;
      return new Map();
    },
  });
  const { capture, ...rest } = tenant.dependencies;
  const { origin } = runLabel;
  const result = await checkTenant(
    { mode, waitForExpiry, origin, runId: '5678' },
    {
      ...rest,
      allowPrivilegedFeatures: false,
      capture: { ...capture, setSettings: async () => {}, ...differ?.(capture) },
      captureAs: (credentials) => captureAs(credentials) as Capture,
      owner: { clientId: 'owner', clientSecret: 'hush' },
      probe: async () => ({ status: 200, isOk: true, code: undefined, isCompressed: false }),
      inspectNetworkPath: async () => ({ addresses: ['192.0.2.1'], proxy: undefined, issuer: 'CA' }),
      ...changes,
    },
  );
  const lineOf = (id: string) => result.lines.find((line) => line.id === id) as CheckLine;
  return { result, lineOf };
}

const titles = {
  'network-path': 'Network path',
  credentials: 'Owner credentials',
  clock: 'Clock',
  labels: 'Clients of this repository',
  token: 'Token for the sweep',
  add: 'Create a client',
  find: 'Find the client by its marker',
  accepted: 'Use the credentials',
  reuse: 'Reuse the client: description, features, settings, and a new secret',
  rotate: 'Use the new and the old secret',
  delete: 'Delete the client',
  gone: 'Use the credentials of the deleted client',
  cleanup: 'Cleanup',
};

function line(id: keyof typeof titles, detail: string, changes: Partial<CheckLine> = {}): CheckLine {
  return { id, title: titles[id], status: 'passed', detail, ...changes };
}

const path = line('network-path', 'Without a proxy, 1 address, certificate issued by CA.', {
  isPrivate: true,
});
const credentialsLines = [
  path,
  line('credentials', 'Capture accepts them, and they can list clients.'),
  line('clock', "This machine's clock agrees with Capture's."),
  line('labels', '0 with its label, 0 of them expired.'),
];
const cleaned = line('cleanup', 'No client of this check is left.');
const rejected = { status: 'failed', hint: 'Try later.', isPrivate: true } as const;
const broken = {
  status: 'failed',
  hint: 'Nothing works without this. Open an issue, and paste this report as Markdown.',
} as const;
const afterFailure = (id: keyof typeof titles) => line(id, 'An earlier step failed.', { status: 'skipped' });

describe('the credentials', () => {
  test('are checked with one call, and nothing is created', async () => {
    const tenant = new Tenant();
    const { result } = await check(tenant, { mode: 'credentials' });
    expect(result).toEqual({
      lines: credentialsLines,
      before: 1,
      after: undefined,
      created: 0,
      leftovers: [],
      canceled: false,
    });
    expect(tenant.calls).toEqual(['list']);
  });

  test('end the check if Capture rejects them', async () => {
    const tenant = new Tenant();
    tenant.before[1] = fail(rejection);
    const { result } = await check(tenant, { mode: 'all' });
    expect(result).toEqual({
      lines: [path, line('credentials', rejection.problem, rejected)],
      before: undefined,
      after: undefined,
      created: 0,
      leftovers: [],
      canceled: false,
    });
    expect(tenant.calls).toEqual(['list']);
  });

  test.each([
    [
      { addresses: ['192.0.2.1', '192.0.2.2'], proxy: undefined, issuer: undefined },
      'Without a proxy, 2 addresses.',
    ],
    [{ addresses: [], proxy: undefined, issuer: undefined }, 'Without a proxy, 0 addresses.'],
    [{ addresses: undefined, proxy: 'proxy:3128', issuer: undefined }, 'Through the proxy proxy:3128.'],
  ])('follow the network path: %j', async (inspected, detail) => {
    const changes = { inspectNetworkPath: async () => inspected };
    const { lineOf } = await check(new Tenant(), { mode: 'credentials', changes });
    expect(lineOf('network-path')).toEqual(line('network-path', detail, { isPrivate: true }));
  });

  const correct = {
    status: 'differs',
    hint: 'Correct the clock: it decides when clients expire.',
  } as const;
  test.each<[number | undefined, string, Partial<CheckLine>]>([
    [undefined, 'agrees with', {}],
    [2_400, 'agrees with', {}],
    [-2_400, 'agrees with', {}],
    [3_000, 'is 3 s behind', {}],
    [-3_000, 'is 3 s ahead of', {}],
    [120_000, 'is 120 s behind', {}],
    [-120_001, 'is 120 s ahead of', correct],
    [180_000, 'is 180 s behind', correct],
  ])('show the clock: Capture is %p ms ahead', async (offsetMs, detail, changes) => {
    const capture = () => ({ clockOffsetMs: () => offsetMs });
    const { lineOf } = await check(new Tenant(), { mode: 'credentials', capture });
    expect(lineOf('clock')).toEqual(line('clock', `This machine's clock ${detail} Capture's.`, changes));
  });

  test('show the clients of this repository, and how many of them expired by the clock of Capture', async () => {
    const tenant = new Tenant();
    tenant.clockOffsetMs = 120_500;
    const expiresAt = now + 120_500;
    tenant.add('expired', { ...runLabel, expiresAt });
    tenant.add('older', { ...runLabel, expiresAt: expiresAt - 1000 });
    tenant.add('valid', { ...runLabel, expiresAt: expiresAt + 1000 });
    tenant.add('other', { ...runLabel, expiresAt, origin: { ...runLabel.origin, id: '4321' } });
    const { result, lineOf } = await check(tenant, { mode: 'credentials' });
    const hint = 'Schedule the sweep, which deletes expired clients.';
    expect(lineOf('labels')).toEqual(line('labels', '3 with its label, 2 of them expired.', { hint }));
    expect(result.before).toBe(5);
  });

  test.each<[boolean, Partial<CheckLine>]>([
    [true, {}],
    [
      false,
      {
        status: 'skipped',
        hint: 'If you run the sweep, give its token these permissions. Otherwise, ignore this line.',
        isPrivate: true,
      },
    ],
  ])('show whether the token is sufficient: %j', async (isSufficient, changes) => {
    const inspectToken = async () => ({ isSufficient, detail: 'It can read.' });
    const { result } = await check(new Tenant(), { mode: 'credentials', changes: { inspectToken } });
    expect(result.lines).toEqual([...credentialsLines, line('token', 'It can read.', changes)]);
  });
});

describe("a client's life", () => {
  const lifeLines = [
    line('add', 'Created, with a label and the feature login_client.'),
    line('find', 'The list shows it at once.'),
    line('accepted', 'Capture accepts them at once.'),
    line('reuse', 'Description, features, settings, and secret were updated.'),
    line('rotate', 'Capture accepts both.'),
    line('delete', 'Deleted.'),
    line('gone', 'Capture rejects them at once.'),
  ];

  test('passes each step, and leaves nothing', async () => {
    const tenant = new Tenant();
    const { result } = await check(tenant);
    const lines = [...credentialsLines, ...lifeLines, cleaned];
    expect(result).toEqual({ lines, before: 1, after: 1, created: 1, leftovers: [], canceled: false });
    expect([...tenant.clients.keys()]).toEqual(['foreign']);
    const messages = lines.map(({ title, detail }) => `${title}: passed. ${detail}`);
    expect(tenant.log).toEqual([...messages.slice(0, 4), 'Created client m1.', ...messages.slice(4)]);
    expect(tenant.calls).toEqual([
      ...['list', 'add', 'list', 'list', 'set_description', 'set_features direct_read_access'],
      ...['settings', 'reset_secret 1', 'list', 'list', 'delete', 'list', 'list'],
    ]);
  });

  test.each([
    [false, 1],
    [true, 3],
  ])('writes what the client is for, and when it expires: waiting %j', async (waitForExpiry, hours) => {
    const tenant = new Tenant();
    const sent: unknown[] = [];
    const { result } = await check(tenant, {
      waitForExpiry,
      capture: (capture) => ({
        addClient: (given) => {
          sent.push(given);
          return capture.addClient(given);
        },
        setDescription: (clientId, description) => {
          sent.push(description);
          return capture.setDescription(clientId, description);
        },
        setSettings: async (clientId, settings) => {
          sent.push([clientId, [...settings]]);
        },
      }),
    });
    expect(result.lines).toHaveLength(12);
    const expiry = new Date(now - 500 + hours * hourMs).toISOString().replace('.000', '');
    const label = {
      ...runLabel,
      purpose: { lifetime: 'job', runId: '5678' },
      name: 'check-00000000',
    } as const;
    const describe = (text: string) =>
      formatDescription({
        text,
        label: { ...label, expiresAt: Date.parse(expiry), marker: `${'0'.repeat(23)}1` },
      });
    expect(sent).toEqual([
      { description: describe('capture-client-action check, client 1'), features: ['login_client'] },
      describe('capture-client-action check, reused'),
      ['m1', [['capture_client_action_check', '1']]],
    ]);
  });

  test('waits until a change has an effect, and says how long', async () => {
    const tenant = new Tenant();
    const { lineOf } = await check(tenant, {
      capture: (capture) => ({
        listClients: (pick) =>
          tenant.now > now && tenant.now < now + 1_000
            ? Promise.resolve({ picked: [], total: 1 })
            : capture.listClients((client) =>
                tenant.now === now && client.clientId === 'm1' ? undefined : pick(client),
              ),
      }),
      accepts: ({ clientId }) =>
        tenant.now >= now + 1_500 && (tenant.clients.has(clientId) || tenant.now < now + 2_500),
    });
    expect(lineOf('find').detail).toBe('The list shows it after 1 s.');
    expect(lineOf('accepted').detail).toBe('Capture accepts them after 0.5 s.');
    expect(lineOf('gone')).toEqual(line('gone', 'Capture rejects them after 1 s.'));
  });

  test('is over if the client cannot be created: the other steps are skipped', async () => {
    const tenant = new Tenant();
    tenant.before[2] = fail(rejection);
    const { result } = await check(tenant, { mode: 'all' });
    expect(result).toEqual({
      lines: [
        ...credentialsLines,
        line('add', rejection.problem, rejected),
        ...(['find', 'accepted', 'reuse', 'rotate', 'delete'] as const).map(afterFailure),
        cleaned,
      ],
      before: 1,
      after: 1,
      created: 0,
      leftovers: [],
      canceled: false,
    });
  });

  test('fails where the list never shows the client, and still deletes it', async () => {
    const tenant = new Tenant();
    const { result } = await check(tenant, {
      mode: 'all',
      capture: () => ({ listClients: async () => ({ picked: [], total: 1 }) }),
    });
    const notListed = "Capture's list doesn't show the client with its label.";
    expect(result.lines.slice(5)).toEqual([
      line('find', 'Not within 30 s: "The list shows it".', broken),
      line('accepted', 'Capture accepts them at once.'),
      line('reuse', notListed, broken),
      afterFailure('rotate'),
      line('delete', notListed, broken),
      cleaned,
    ]);
    expect(result).toMatchObject({ created: 1, leftovers: [] });
    expect([...tenant.clients.keys()]).toEqual(['foreign']);
  });

  test('names what the tenant never does, and still deletes the client', async () => {
    const tenant = new Tenant();
    const { result, lineOf } = await check(tenant, { accepts: () => false });
    expect(lineOf('accepted')).toEqual(line('accepted', 'Not within 30 s: "Capture accepts them".', broken));
    expect(result).toMatchObject({ created: 1, leftovers: [] });
    expect([...tenant.clients.keys()]).toEqual(['foreign']);
  });

  test.each<[string, (secret: string) => boolean]>([
    ['only the new one', (secret) => secret.startsWith('new')],
    ['only the old one', (secret) => !secret.startsWith('new')],
    ['neither', () => false],
  ])('differs if Capture accepts not both secrets, but %s', async (accepted, isRight) => {
    const { lineOf } = await check(new Tenant(), { accepts: ({ clientSecret }) => isRight(clientSecret) });
    const hint = "Don't use rotate_secret or enforce_expiry with this tenant.";
    expect(lineOf('rotate')).toEqual(
      line('rotate', `Capture accepts ${accepted}.`, { status: 'differs', hint }),
    );
  });

  test('differs if the credentials outlive the client', async () => {
    const { result, lineOf } = await check(new Tenant(), { accepts: () => true });
    expect(lineOf('gone')).toEqual(
      line('gone', 'Not within 30 s: "Capture rejects them".', {
        status: 'differs',
        hint: 'Set enforce_expiry if credentials must stop working: those of deleted clients work for a while.',
      }),
    );
    expect(result).toMatchObject({ after: 1, leftovers: [] });
  });

  test('returns what could not be deleted, and ends before the points', async () => {
    const { result } = await check(new Tenant(), {
      mode: 'all',
      capture: () => ({ deleteClient: async () => fail(rejection)() }),
    });
    expect(result).toEqual({
      lines: [
        ...credentialsLines,
        ...lifeLines.slice(0, 5),
        line('delete', rejection.problem, rejected),
        line('cleanup', `Not deleted: m1. ${rejection.problem}`, {
          ...rejected,
          hint: 'Delete each of them by its client_id, or wait for the sweep. Try later.',
        }),
      ],
      before: 1,
      after: 2,
      created: 1,
      leftovers: ['m1'],
      canceled: false,
    });
  });

  test('ends at a cancellation, and leaves its client to cleanup', async () => {
    const tenant = new Tenant();
    tenant.after[2] = tenant.cancel;
    const { result } = await check(tenant);
    expect(result).toMatchObject({ canceled: true, after: undefined });
    expect(tenant.saved?.clients).toMatchObject([{ clientId: 'm1' }]);
  });
});

test('a check that is canceled before it starts sends nothing', async () => {
  const tenant = new Tenant();
  tenant.cancel();
  const { result } = await check(tenant, { mode: 'all' });
  expect(result).toMatchObject({ lines: [], before: undefined, created: 0, canceled: true });
  expect(tenant.calls).toEqual([]);
});

describe('an unexpected error ends the check', () => {
  const failing = async () => fail(bug)();
  test.each<[string, Behavior]>([
    ['in a step', { changes: { inspectNetworkPath: failing } }],
    ['in a point', { mode: 'all', changes: { probe: failing } }],
  ])('%s', async (_, behavior) => {
    await expect(check(new Tenant(), behavior)).rejects.toBe(bug);
  });

  test('in cleanup', async () => {
    const errors = [rejection, bug];
    const deleteClient = async () => fail(errors.shift() ?? rejection)();
    await expect(check(new Tenant(), { capture: () => ({ deleteClient }) })).rejects.toBe(bug);
  });
});

describe('cleanup', () => {
  /** Deletes clients, but these only after as many failures. @returns the IDs in the order of the calls */
  function deleting(failures: Record<string, number>) {
    const ids: string[] = [];
    const capture = ({ deleteClient }: Capture): Partial<Capture> => ({
      deleteClient: async (clientId) => {
        ids.push(clientId);
        const left = failures[clientId] ?? 0;
        failures[clientId] = left - 1;
        if (left > 0) throw rejection;
        return await deleteClient(clientId);
      },
    });
    return { ids, capture };
  }

  test('names every client that cannot be deleted', async () => {
    const { capture } = deleting({ m2: 9, m3: 9 });
    const { result, lineOf } = await check(new Tenant(), { mode: 'all', capture });
    expect(lineOf('cleanup').detail).toBe(`Not deleted: m2, m3. ${rejection.problem}`);
    expect(result).toMatchObject({ before: 1, after: 3, leftovers: ['m2', 'm3'] });
  });

  test('deletes each client once: those of the record, and one whose creation got lost', async () => {
    const tenant = new Tenant();
    const { ids, capture } = deleting({ m3: 1 });
    let added = 0;
    const { result } = await check(tenant, {
      mode: 'all',
      capture: (original) => ({
        ...capture(original),
        async addClient(given) {
          const client = await original.addClient(given);
          added += 1;
          return added === 4 ? loseResponse() : client;
        },
      }),
    });
    expect(ids.slice(0, 2)).toEqual(['m1', 'm3']);
    expect(ids.slice(-3)).toEqual(['m2', 'm3', 'm4']);
    expect(ids.filter((id) => ['m1', 'm2', 'm3', 'm4'].includes(id))).toEqual(['m1', 'm3', 'm2', 'm3', 'm4']);
    expect(result).toMatchObject({ before: 1, after: 1, leftovers: [] });
    expect([...tenant.clients.keys()]).toEqual(['foreign']);
  });
});

describe('a point', () => {
  const isOk = { status: 200, isOk: true, code: undefined, isCompressed: false };

  test.each<[string, string, Partial<typeof isOk>, Partial<CheckLine>]>([
    ['as documented', 'compression', {}, { status: 'passed', detail: 'No.' }],
    [
      'unlike the documents',
      'compression',
      { isCompressed: true },
      { status: 'differs', detail: 'Yes. Documented: no.' },
    ],
    ['as the code needs it', 'read-methods', {}, { status: 'passed', detail: 'Both accepted.' }],
    [
      'in a way that the code cannot cope with',
      'read-methods',
      { isOk: false },
      {
        status: 'differs',
        detail: 'Neither accepted.',
        hint: 'Nothing works without one of them. Open an issue, and paste this report as Markdown.',
      },
    ],
  ])('can be %s', async (_, id, changes, observation) => {
    const probe = async () => ({ ...isOk, ...changes });
    const { lineOf } = await check(new Tenant(), { mode: 'all', changes: { probe } });
    expect(lineOf(id)).toEqual({ id, title: expect.any(String), ...observation });
  });

  test('that cannot be observed is skipped', async () => {
    const probe = async () => fail(rejection)();
    const { result, lineOf } = await check(new Tenant(), { mode: 'all', changes: { probe } });
    expect(lineOf('compression')).toEqual({
      id: 'compression',
      title: expect.any(String),
      status: 'skipped',
      detail: rejection.problem,
      isPrivate: true,
    });
    expect(result).toMatchObject({ before: 1, after: 1, leftovers: [] });
  });

  test('that fails because of a cancellation ends the check', async () => {
    const tenant = new Tenant();
    const probe = async () => {
      tenant.cancel();
      throw rejection;
    };
    const { result, lineOf } = await check(tenant, { mode: 'all', changes: { probe } });
    expect(result).toMatchObject({ canceled: true, after: undefined, leftovers: [] });
    expect(lineOf('empty-signature')).toBeUndefined();
  });

  test('that takes an hour is observed last, and only on request', async () => {
    const idsOf = async (waitForExpiry: boolean) =>
      (await check(new Tenant(), { mode: 'all', waitForExpiry })).result.lines.map(({ id }) => id);
    const [shorter, longer] = [await idsOf(false), await idsOf(true)];
    expect(longer).toEqual([...shorter.slice(0, -1), 'secret-expiry', 'cleanup']);
  });

  const preconditions = ['reset-now', 'reset-twice'];

  test('whose precondition never holds is skipped with the reason', async () => {
    const tenant = new Tenant();
    // Only the client of the life is ever accepted.
    const { result, lineOf } = await check(tenant, {
      mode: 'all',
      accepts: ({ clientId }) => clientId === 'm1' && tenant.clients.has('m1'),
    });
    for (const id of preconditions) {
      expect(lineOf(id)).toEqual({
        id,
        title: expect.any(String),
        status: 'skipped',
        detail: "Capture didn't accept the credentials of the new client within 30 s.",
      });
    }
    expect(lineOf('add-whitelist')).toMatchObject({ status: 'passed' });
    expect(result).toMatchObject({ before: 1, after: 1, leftovers: [] });
  });

  test('is observed once its precondition holds', async () => {
    const tenant = new Tenant();
    const { lineOf } = await check(tenant, { mode: 'all' });
    // This tenant accepts every secret of a client that exists.
    expect(lineOf('reset-now')).toMatchObject({
      status: 'differs',
      detail: 'Accepted. Documented: rejected.',
    });
    expect(lineOf('reset-twice')).toMatchObject({ status: 'passed', detail: 'Accepted.' });
  });
});

describe('a tenant that cuts descriptions off', () => {
  /** Cuts what set_description stores after this many characters. */
  function cutting(length: number): Tenant {
    const tenant = new Tenant();
    const { dependencies } = tenant;
    const setDescription = async (clientId: string, description: string) => {
      await dependencies.capture.setDescription(clientId, description.slice(0, length));
    };
    const capture = { ...dependencies.capture, setDescription };
    Object.defineProperty(tenant, 'dependencies', {
      configurable: true,
      value: { ...dependencies, capture },
    });
    return tenant;
  }

  test('keeps no client without a label, even if the list fails just then', async () => {
    const tenant = cutting(230);
    let cut = false;
    const { capture } = tenant.dependencies;
    const listClients: Capture['listClients'] = async (pick) => {
      const isCut = [...tenant.clients.values()].some(({ description }) => description.length === 230);
      if (isCut && !cut) {
        cut = true;
        throw captureError({ code: 403, retryable: false });
      }
      return await capture.listClients(pick);
    };
    Object.defineProperty(tenant, 'dependencies', {
      value: { ...tenant.dependencies, capture: { ...capture, listClients } },
    });
    const { result } = await check(tenant, { mode: 'all' });
    expect(cut).toBe(true);
    expect(result).toMatchObject({ before: 1, after: 1, leftovers: [] });
    expect([...tenant.clients.keys()]).toEqual(['foreign']);
  });
});

test('an expected failure of the actions is a line of the report, not the end of the check', async () => {
  const tenant = new Tenant();
  const { capture } = tenant.dependencies;
  const listClients: Capture['listClients'] = (pick) =>
    capture.listClients((client) => pick({ ...client, clientSecret: '' }));
  Object.defineProperty(tenant, 'dependencies', {
    value: { ...tenant.dependencies, capture: { ...capture, listClients } },
  });
  const { result, lineOf } = await check(tenant);
  expect(lineOf('reuse')).toMatchObject({ status: 'failed', detail: expect.stringMatching(/no secret/) });
  expect(result).toMatchObject({ leftovers: [], after: 1 });
});
