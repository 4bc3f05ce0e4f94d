import { describe, expect, test } from '@jest/globals';
import type { Credentials } from '../../../src/capture/authentication.ts';
import type { Capture } from '../../../src/capture/client.ts';
import { type CheckLine, type CheckRequest, checkTenant } from '../../../src/lifecycle/check.ts';
import { Tenant } from '../../support/fake-capture.ts';
import { captureError, runLabel } from '../../support/fixtures.ts';

interface Behavior {
  readonly mode?: CheckRequest['mode'];
  /** Whether a client's credentials are accepted. Default: while the client exists. */
  accepts?(credentials: Credentials, tenant: Tenant): boolean;
}

/** Checks a tenant that has one client of somebody else. */
async function check(tenant: Tenant, { mode = 'life', accepts }: Behavior = {}) {
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
    { mode, waitForExpiry: false, origin, runId: '5678' },
    {
      ...rest,
      allowPrivilegedFeatures: false,
      capture: { ...capture, setSettings: async () => {} },
      captureAs: (credentials) => captureAs(credentials) as Capture,
      owner: { clientId: 'owner', clientSecret: 'hush' },
      probe: async () => ({ status: 200, isOk: true, code: undefined, isCompressed: false }),
      inspectNetworkPath: async () => ({ addresses: ['192.0.2.1'], proxy: undefined, issuer: 'CA' }),
    },
  );
  const lineOf = (id: string) => result.lines.find((line) => line.id === id) as CheckLine;
  return { result, lineOf };
}

describe("a client's life", () => {
  test('passes each step, and leaves nothing', async () => {
    const tenant = new Tenant();
    const { result } = await check(tenant);
    expect(result).toMatchObject({ before: 1, after: 1, created: 1, leftovers: [], canceled: false });
    expect(result.lines.filter(({ status }) => status !== 'passed')).toEqual([]);
    expect([...tenant.clients.keys()]).toEqual(['foreign']);
  });

  test('names what the tenant never does, and still deletes the client', async () => {
    const tenant = new Tenant();
    const { result, lineOf } = await check(tenant, { accepts: () => false });
    expect(lineOf('accepted')).toMatchObject({
      status: 'failed',
      detail: 'Not within 30 s: "Capture accepts them".',
      hint: 'Nothing works without this. Open an issue, and paste this report as Markdown.',
    });
    expect(lineOf('rotate')).toMatchObject({ status: 'differs', detail: 'Capture accepts neither.' });
    expect(result).toMatchObject({ created: 1, leftovers: [] });
    expect([...tenant.clients.keys()]).toEqual(['foreign']);
  });

  test('returns what could not be deleted', async () => {
    const tenant = new Tenant();
    const { capture } = tenant.dependencies;
    const fail = async () => {
      throw captureError({ code: 403, retryable: false });
    };
    Object.defineProperty(tenant, 'dependencies', {
      value: { ...tenant.dependencies, capture: { ...capture, deleteClient: fail } },
    });
    const { result, lineOf } = await check(tenant);
    expect(lineOf('delete')).toMatchObject({ status: 'failed', isPrivate: true });
    expect(lineOf('cleanup')).toMatchObject({ status: 'failed', isPrivate: true });
    expect(result).toMatchObject({ created: 1, leftovers: ['m1'], before: 1, after: 2 });
  });

  test('ends at a cancellation, and leaves its client to cleanup', async () => {
    const tenant = new Tenant();
    tenant.after[2] = tenant.cancel;
    const { result } = await check(tenant);
    expect(result).toMatchObject({ canceled: true, after: undefined });
    expect(tenant.saved?.clients).toMatchObject([{ clientId: 'm1' }]);
  });
});

describe('a point', () => {
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
