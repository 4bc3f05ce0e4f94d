import { describe, expect, test } from '@jest/globals';
import type { Credentials } from '../../../src/capture/authentication.ts';
import type { Capture } from '../../../src/capture/client.ts';
import { parseDescription } from '../../../src/lifecycle/label.ts';
import { type CheckRequest, type CheckResult, checkTenant } from '../../../src/lifecycle/tenant-check.ts';
import type { CheckDependencies } from '../../../src/lifecycle/test-clients.ts';
import { captureError, now, runLabel } from '../../support/basics.ts';
import { bug, fail, rejection } from '../../support/client-requests.ts';
import { loseResponse, Tenant } from '../../support/fake-capture.ts';

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
  const { capture, ...rest } = tenant.dependencies;
  const captureAs = (credentials: Credentials): Capture => ({
    ...capture,
    listSettings: async () => {
      if (!isAccepted(credentials, tenant)) throw captureError({ code: 402, retryable: false });
      return new Map();
    },
  });
  const result = await checkTenant(
    { mode, waitForExpiry, origin: runLabel.origin, runId: '5678' },
    {
      ...rest,
      ...{ captureAs, authScheme: 'basic-auth', allowPrivilegedFeatures: false },
      capture: { ...capture, ...differ?.(capture) },
      ...changes,
    },
  );
  return { result, left: [...tenant.clients.keys()] };
}

/** The lines of a report: ID, status, detail, and hint. Details that may name something end with a mark. */
const textsOf = ({ lines }: CheckResult): string[] =>
  lines.map(({ id, status, detail, hint, isPrivate }) =>
    [`${id} ${status}:`, detail, hint, isPrivate && '(private)'].filter(Boolean).join(' '),
  );

const accessLines = [
  'credentials passed: Capture accepts them, and they can list clients.',
  "clock passed: This machine's clock agrees with Capture's.",
  'labels passed: 0 with its label, 0 of them expired.',
];
const cleaned = 'cleanup passed: No client of this check is left.';
const rejected = `${rejection.message} (private)`;
const broken = 'Nothing works without this. Open an issue, and paste this report as Markdown. (private)';
const nothing: Omit<CheckResult, 'lines'> = {
  ...{ before: undefined, after: undefined },
  ...{ created: 0, leftovers: [], canceled: false },
};

describe('the credentials', () => {
  test('are checked with one call, and nothing is created', async () => {
    const tenant = new Tenant();
    const { result } = await check(tenant, { mode: 'credentials' });
    expect(textsOf(result)).toEqual(accessLines);
    expect(result).toMatchObject({ ...nothing, before: 1 });
    expect(tenant.calls).toEqual(['list']);
  });

  test('end the check if Capture rejects them', async () => {
    const tenant = new Tenant();
    tenant.before[1] = fail(rejection);
    const { result } = await check(tenant, { mode: 'all' });
    expect(textsOf(result)).toEqual([`credentials failed: ${rejected}`]);
    expect(result).toMatchObject(nothing);
    expect(tenant.calls).toEqual(['list']);
  });

  test('name the proxy', async () => {
    const { result } = await check(new Tenant(), { mode: 'credentials', changes: { proxy: 'proxy:3128' } });
    expect(textsOf(result)[0]).toBe(
      'credentials passed: Capture accepts them, and they can list clients, through the proxy proxy:3128. (private)',
    );
  });

  const correct = ' Correct the clock: it decides when clients expire.';
  test.each<[number | undefined, string, string, string]>([
    [undefined, 'passed', 'agrees with', ''],
    [2_400, 'passed', 'agrees with', ''],
    [-2_400, 'passed', 'agrees with', ''],
    [3_000, 'passed', 'is 3 s behind', ''],
    [-3_000, 'passed', 'is 3 s ahead of', ''],
    [120_000, 'passed', 'is 120 s behind', ''],
    [-120_001, 'differs', 'is 120 s ahead of', correct],
    [180_000, 'differs', 'is 180 s behind', correct],
  ])('show the clock: Capture is %p ms ahead', async (offsetMs, status, detail, hint) => {
    const capture = () => ({ clockOffsetMs: () => offsetMs });
    const { result } = await check(new Tenant(), { mode: 'credentials', capture });
    expect(textsOf(result)[1]).toBe(`clock ${status}: This machine's clock ${detail} Capture's.${hint}`);
  });

  test('show the clients of this repository, and how many of them expired by both clocks', async () => {
    const tenant = new Tenant();
    tenant.clockOffsetMs = -60_500;
    const expiresAt = now - 60_500;
    tenant.add('expired', { ...runLabel, expiresAt });
    tenant.add('expired-only-here', { ...runLabel, expiresAt: now - 1_500 });
    tenant.add('valid', runLabel);
    tenant.add('other', { ...runLabel, expiresAt, origin: { ...runLabel.origin, id: '4321' } });
    const { result } = await check(tenant, { mode: 'credentials' });
    expect(textsOf(result)[2]).toBe(
      'labels passed: 3 with its label, 1 of them expired. Schedule the sweep, which deletes expired clients.',
    );
    expect(result.before).toBe(5);
  });

  test.each([
    [true, 'passed: It can read.'],
    [
      false,
      'skipped: It can read. If you run the sweep, give its token these permissions. Otherwise, ignore this line. (private)',
    ],
  ])('show whether the token is sufficient: %j', async (isSufficient, expected) => {
    const inspectToken = async () => ({ isSufficient, detail: 'It can read.' });
    const { result } = await check(new Tenant(), { mode: 'credentials', changes: { inspectToken } });
    expect(textsOf(result)).toEqual([...accessLines, `token ${expected}`]);
    expect(result.lines[3]?.title).toBe('Token for the sweep');
  });
});

describe("a client's life", () => {
  const lifeLines = [
    'add passed: Created, with a label and the feature login_client.',
    'find passed: The list shows it at once.',
    'accepted passed: Capture accepts them at once.',
    'reuse passed: Description, features, settings, and secret were updated.',
    'rotate passed: Capture accepts both.',
    'delete passed: Deleted.',
    'gone passed: Capture rejects them at once.',
  ];

  const titles = [
    ...['Owner credentials', 'Clock', 'Clients of this repository', 'Create a client'],
    ...['Find the client by its marker', 'Use the credentials'],
    ...['Reuse the client: description, features, settings, and a new secret'],
    ...['Use the new and the old secret', 'Delete the client', 'Use the credentials of the deleted client'],
    'Cleanup',
  ];

  test('passes each step, and leaves nothing', async () => {
    const tenant = new Tenant();
    const { result, left } = await check(tenant);
    expect(textsOf(result)).toEqual([...accessLines, ...lifeLines, cleaned]);
    expect(result).toMatchObject({ ...nothing, before: 1, after: 1, created: 1 });
    expect(left).toEqual(['foreign']);
    const messages = result.lines.map(({ detail }, n) => `${titles[n]}: passed. ${detail}`);
    expect(tenant.log).toEqual([...messages.slice(0, 3), 'Created client m1.', ...messages.slice(3)]);
    expect(tenant.calls).toEqual([
      ...['list', 'add', 'list', 'list', 'set_description', 'set_features direct_read_access'],
      ...['set_multi', 'list', 'reset_secret 1', 'list', 'delete', 'list'],
    ]);
  });

  test.each([
    [false, 1],
    [true, 3],
  ])('writes what the client is for, and when it expires: waiting %j', async (waitForExpiry, hours) => {
    const tenant = new Tenant();
    const written: unknown[] = [];
    for (const call of [2, 5, 8]) {
      tenant.after[call] = () => written.push(parseDescription(tenant.clients.get('m1')?.description ?? ''));
    }
    await check(tenant, { waitForExpiry });
    const label = {
      ...runLabel,
      purpose: { lifetime: 'job', runId: '5678' },
      name: 'check-00000000',
      expiresAt: now - 500 + hours * 3_600_000,
      marker: '000000000000000000000001',
    };
    const texts = ['capture-client-action check, client 1', 'capture-client-action check, reused'];
    expect(written).toEqual([{ text: texts[0], label }, ...[1, 1].map(() => ({ text: texts[1], label }))]);
    expect(tenant.settings.get('m1')).toEqual({ capture_client_action_check: '1' });
  });

  test('waits until a change has an effect, and says how long', async () => {
    const tenant = new Tenant();
    const { result } = await check(tenant, {
      capture: (capture) => ({
        listClients: (pick) =>
          capture.listClients((client) =>
            client.clientId === 'm1' && tenant.now < now + 1000 ? undefined : pick(client),
          ),
      }),
      accepts: ({ clientId }) =>
        tenant.now >= now + 1_500 && (tenant.clients.has(clientId) || tenant.now < now + 2_500),
    });
    expect(textsOf(result)).toEqual(
      expect.arrayContaining([
        'find passed: The list shows it after 1 s.',
        'accepted passed: Capture accepts them after 0.5 s.',
        'gone passed: Capture rejects them after 1 s.',
      ]),
    );
  });

  const limits = "Don't use `rotate_secret` or `enforce_expiry` with this tenant.";
  test.each<[string, (secret: string) => boolean]>([
    ['only the new one', (secret) => secret.startsWith('new')],
    ['only the old one', (secret) => !secret.startsWith('new')],
    ['neither', () => false],
  ])('differs if Capture accepts not both secrets, but %s', async (accepted, isRight) => {
    const tenant = new Tenant();
    const { result, left } = await check(tenant, {
      accepts: ({ clientSecret }) => !tenant.calls.includes('reset_secret 1') || isRight(clientSecret),
    });
    expect(textsOf(result)).toContain(
      `rotate differs: Capture accepts ${accepted}. Documented: Capture accepts both. ${limits}`,
    );
    expect(left).toEqual(['foreign']);
  });

  test('differs if the credentials outlive the client', async () => {
    const { result } = await check(new Tenant(), { accepts: () => true });
    expect(textsOf(result)).toContain(
      'gone differs: Not within 30 s: "Capture rejects them". Set `enforce_expiry` if credentials must stop working: those of deleted clients work for a while.',
    );
    expect(result).toMatchObject({ after: 1, leftovers: [] });
  });

  const forgetful = new Tenant();
  forgetful.before[4] = () => forgetful.clients.delete('m1');
  const failingAdd = new Tenant();
  failingAdd.before[2] = fail(rejection);
  test.each<[string, Tenant, Behavior, number, string]>([
    ['the client cannot be created', failingAdd, {}, 0, `add failed: ${rejected}`],
    [
      'the list never shows the client',
      new Tenant(),
      { capture: () => ({ listClients: async () => ({ picked: [], total: 1 }) }) },
      1,
      `find failed: not within 30 s: "the list shows it". ${broken}`,
    ],
    [
      'the credentials are never accepted',
      new Tenant(),
      { accepts: () => false },
      2,
      `accepted failed: not within 30 s: "Capture accepts them". ${broken}`,
    ],
    [
      'Capture does not answer the client',
      new Tenant(),
      { accepts: fail(captureError({ code: undefined })) },
      2,
      `accepted failed: ${rejected}`,
    ],
    [
      'the list no longer shows the client',
      forgetful,
      {},
      3,
      "reuse failed: Capture's list doesn't show it. Run the check again. (private)",
    ],
  ])('ends if %s, and is cleaned up', async (_, tenant, behavior, passed, failure) => {
    const { result, left } = await check(tenant, { mode: 'all', ...behavior });
    const lines = [...accessLines, ...lifeLines.slice(0, passed), failure, cleaned];
    expect(textsOf(result)).toEqual(lines);
    expect(result).toMatchObject({ before: 1, after: 1, leftovers: [] });
    expect(left).toEqual(['foreign']);
  });

  test('fails if it cannot look for a client that may exist', async () => {
    const tenant = new Tenant();
    tenant.before[2] = loseResponse;
    for (const lookup of [3, 4]) tenant.before[lookup] = fail(rejection);
    const { result } = await check(tenant);
    expect(textsOf(result).at(-1)).toBe(`cleanup failed: ${rejected}`);
  });

  test('returns what could not be deleted, and ends before the points', async () => {
    const { result } = await check(new Tenant(), {
      mode: 'all',
      capture: () => ({ deleteClient: async () => fail(rejection)() }),
    });
    expect(textsOf(result)).toEqual([
      ...accessLines,
      ...lifeLines.slice(0, 5),
      `delete failed: ${rejected}`,
      `cleanup failed: Could not delete client m1, which may still work. ${rejection.message} Delete each of them by its ID, or wait for the sweep. (private)`,
    ]);
    expect(result).toMatchObject({ before: 1, after: 2, created: 1, leftovers: ['m1'] });
  });
});

/** Lets something happen instead of a call that only a point makes. */
function inPoint(act: () => never) {
  return ({ resetSecret }: Capture): Partial<Capture> => ({
    resetSecret: async (client, hours) => (hours === 0 ? act() : await resetSecret(client, hours)),
  });
}

describe('a cancellation', () => {
  test('before the start sends nothing', async () => {
    const tenant = new Tenant();
    tenant.cancel();
    expect((await check(tenant, { mode: 'all' })).result).toEqual({ ...nothing, lines: [], canceled: true });
    expect(tenant.calls).toEqual([]);
  });

  test('leaves the client to cleanup', async () => {
    const tenant = new Tenant();
    tenant.after[2] = tenant.cancel;
    expect((await check(tenant)).result).toMatchObject({ canceled: true, leftovers: ['m1'] });
    expect(tenant.saved?.clients).toMatchObject([{ clientId: 'm1' }]);
  });

  test('that makes a point fail ends the check', async () => {
    const tenant = new Tenant();
    const capture = inPoint(() => {
      tenant.cancel();
      throw rejection;
    });
    const { result } = await check(tenant, { mode: 'all', capture });
    expect(result).toMatchObject({ canceled: true, after: undefined, leftovers: [] });
    expect(result.lines.at(-1)?.id).toBe('allow-list');
  });
});

test.each<[string, Behavior]>([
  ['the credentials', { accepts: fail(bug) }],
  ['a step', { changes: { inspectToken: fail(bug) } }],
  ['a point', { mode: 'all', capture: inPoint(fail(bug)) }],
  ['cleanup', { capture: () => ({ deleteClient: async () => fail(bug)() }) }],
])('an unexpected error in %s ends the check', async (_, behavior) => {
  await expect(check(new Tenant(), behavior)).rejects.toBe(bug);
});

describe('cleanup', () => {
  /** Deletes clients, but these only after as many failures. @returns the IDs in the order of the calls */
  function deleting(failures: Record<string, number>) {
    const ids: string[] = [];
    const capture = ({ deleteClient }: Capture): Partial<Capture> => ({
      deleteClient: async (client, ...rest) => {
        const { clientId } = client;
        ids.push(clientId);
        const left = failures[clientId] ?? 0;
        failures[clientId] = left - 1;
        if (left > 0) throw rejection;
        return await deleteClient(client, ...rest);
      },
    });
    return { ids, capture };
  }

  test('names every client that cannot be deleted', async () => {
    const { capture } = deleting({ m2: 9, m3: 9 });
    const { result } = await check(new Tenant(), { mode: 'all', capture });
    const failed = (id: string) =>
      `Could not delete client ${id}, which may still work. ${rejection.message}`;
    expect(result.lines.at(-1)?.detail).toBe(`${failed('m2')} ${failed('m3')}`);
    expect(result).toMatchObject({ before: 1, after: 3, leftovers: ['m2', 'm3'] });
  });

  test('deletes each client once: those of the record, and one whose creation got lost', async () => {
    const { ids, capture } = deleting({ m3: 1 });
    let added = 0;
    const { result, left } = await check(new Tenant(), {
      mode: 'all',
      capture: (original) => ({
        ...capture(original),
        async addClient(given, hooks) {
          const client = await original.addClient(given, hooks);
          added += 1;
          return added === 4 ? loseResponse() : client;
        },
      }),
    });
    expect(ids.filter((id) => /^m[1-4]$/.test(id))).toEqual(['m1', 'm3', 'm2', 'm3', 'm4']);
    expect(ids.slice(-3)).toEqual(['m8', 'm3', 'm4']);
    expect(result).toMatchObject({ before: 1, after: 1, leftovers: [] });
    expect(left).toEqual(['foreign']);
  });
});
