import { describe, expect, test } from '@jest/globals';
import type { Capture, Client } from '../../../src/capture/client.ts';
import { Canceled } from '../../../src/lifecycle/cancellation.ts';
import { type AddRequest, addClient } from '../../../src/lifecycle/create.ts';
import { type Creation, startCreationRecord } from '../../../src/lifecycle/creation.ts';
import type { Dependencies } from '../../../src/lifecycle/dependencies.ts';
import { formatDescription } from '../../../src/lifecycle/label.ts';
import { loseResponse, Tenant } from '../../support/fake-capture.ts';
import { captureError, now, runLabel } from '../../support/fixtures.ts';

const request: AddRequest = { text: 'words', label: runLabel, features: ['login_client'] };
const wanted = { description: formatDescription(request), features: ['login_client'] };
const client: Client = { ...wanted, clientId: 'id', clientSecret: 'secret' };

/** Creates with a Capture that responses in this way, and notes all that happens. */
async function run(responses: readonly (() => Client)[], changes: Partial<Dependencies> = {}) {
  const events: unknown[] = [];
  const saved: Creation[] = [];
  let sends = 0;
  const capture: Partial<Capture> = {
    async addClient(given) {
      events.push(['send', given]);
      sends += 1;
      return (responses[sends - 1] as () => Client)();
    },
  };
  const result = await addClient(request, {
    capture: capture as Capture,
    async retry(send, policy) {
      return send().catch((error) => (policy(error) ? send() : Promise.reject(error)));
    },
    record: startCreationRecord((creation) => {
      saved.push(creation);
      events.push(['save', creation.openSends.length, creation.clients.length]);
    }),
    clock: { now: () => now, sleep: async () => {} },
    newMarker: () => runLabel.marker,
    log: {
      info: () => {},
      notice: () => {},
      mask: ({ clientSecret }) => {
        events.push(['mask', clientSecret]);
      },
    },
    signal: new AbortController().signal,
    ...changes,
  }).catch((error: unknown) => error);
  return { result, events, saved };
}

const fail = (error: Error) => () => {
  throw error;
};

describe('a creation', () => {
  test('saves the intent, sends, masks the secret, and saves the outcome, in this order', async () => {
    const { result, events } = await run([() => client]);
    expect(result).toEqual(client);
    expect(events).toEqual([
      ['save', 1, 0],
      ['send', wanted],
      ['mask', 'secret'],
      ['save', 0, 1],
    ]);
  });

  test('saves what is needed to find the client again, and no secret', async () => {
    const { saved } = await run([() => client]);
    for (const creation of saved) {
      expect(creation).toMatchObject({ marker: runLabel.marker, expiresAt: runLabel.expiresAt });
      expect(JSON.stringify(creation)).not.toContain('secret');
    }
  });

  test("doesn't take an earlier client of the same step for what a lost response created", async () => {
    const record = startCreationRecord(() => {});
    record.recordSend(runLabel, now);
    record.recordCreated(client);
    record.recordDeleted('id');
    const capture: Partial<Capture> = {
      addClient: () => Promise.reject(captureError({ applied: 'unknown' })),
      async listClients(pick) {
        const listed = [client, { ...client, clientId: 'new' }];
        return { picked: listed.map(pick).filter((picked) => picked !== undefined), total: 2 };
      },
    };
    const { result } = await run([], { record, capture: capture as Capture });
    expect(result).toMatchObject({ clientId: 'new' });
  });

  test('saves the intent before every send', async () => {
    const { events } = await run([fail(captureError()), () => client]);
    expect(events.slice(0, 5)).toEqual([
      ['save', 1, 0],
      ['send', wanted],
      ['save', 0, 0],
      ['save', 1, 0],
      ['send', wanted],
    ]);
  });

  test('that was rejected leaves nothing to look for', async () => {
    const error = captureError({ code: 403, retryable: false });
    const { result, saved } = await run([fail(error)]);
    expect(result).toBe(error);
    expect(saved.at(-1)).toMatchObject({ openSends: [], clients: [] });
  });

  test('that failed unexpectedly may have succeeded', async () => {
    const error = new TypeError('a bug of ours');
    const { result, saved } = await run([fail(error)], { retry: (send) => send() });
    expect(result).toBe(error);
    expect(saved.at(-1)).toMatchObject({ openSends: [now], clients: [] });
  });

  test("isn't forgotten if its secret can't be masked", async () => {
    const mask = fail(new TypeError('a bug of ours'));
    const log = { info: () => {}, notice: () => {}, mask };
    const { saved } = await run([() => client], { log });
    expect(saved.at(-1)?.openSends).toEqual([now]);
  });

  test('looks for its client after a rejection, too, if an earlier send is unresolved', async () => {
    const record = startCreationRecord(() => {});
    record.recordSend(runLabel, now);
    const rejection = captureError({ code: 200, retryable: false });
    const capture: Partial<Capture> = {
      addClient: fail(rejection),
      listClients: async (pick) => ({ picked: [pick(client)].filter((one) => one !== undefined), total: 1 }),
    };
    const { result } = await run([], { record, capture: capture as Capture });
    expect(result).toEqual(client);
  });

  test("doesn't adopt a client that has its marker in a label of another repository", async () => {
    const failure = captureError({ applied: 'unknown', retryable: false });
    const label = { ...runLabel, origin: { ...runLabel.origin, id: '99' } };
    const foreign = { ...client, description: formatDescription({ ...request, label }) };
    const capture: Partial<Capture> = {
      addClient: fail(failure),
      listClients: async (pick) => ({ picked: [pick(foreign)].filter((one) => one !== undefined), total: 1 }),
    };
    const { result } = await run([], { capture: capture as Capture });
    expect((result as Error).message).toContain("The list doesn't have the client yet.");
  });
});

describe('a creation whose response was lost', () => {
  const failure = captureError({ retryable: true, applied: 'unknown' });
  const rejection = captureError({ code: 403, retryable: false });
  const listedAs = (tenant: Tenant, clientId: string, changes: Partial<Client> = {}) => {
    tenant.clients.set(clientId, { ...client, clientId, ...changes });
  };
  /** The client or the error. */
  const create = async (tenant: Tenant) =>
    await addClient(request, tenant.dependencies).catch((error: unknown) => error);

  test('adopts the client that has its marker', async () => {
    const tenant = new Tenant();
    tenant.before[2] = () => listedAs(tenant, 'foreign', { description: 'made by hand' });
    tenant.after[1] = loseResponse;
    expect(await create(tenant)).toMatchObject({ clientId: 'm1', clientSecret: 'secret of m1' });
    expect(tenant.calls).toEqual(['add', 'list']);
    expect(tenant.masked).toEqual([['secret of m1', 2]]);
    expect(tenant.saved).toMatchObject({ openSends: [], clients: [{ clientId: 'm1' }] });
    expect(tenant.log).toEqual([
      `${failure.problem} Checking whether the client exists.`,
      'Found it: client m1. Using it.',
      'Created client m1.',
    ]);
  });

  test('adopts the one with the lowest ID if two sends created two', async () => {
    const tenant = new Tenant();
    tenant.before[2] = () => {
      for (const id of ['b', 'a', 'c']) listedAs(tenant, id);
    };
    tenant.before[1] = loseResponse;
    expect(await create(tenant)).toMatchObject({ clientId: 'a' });
  });

  test('sends the same request again if no client has the marker', async () => {
    const tenant = new Tenant();
    tenant.before[1] = loseResponse;
    expect(await create(tenant)).toMatchObject({ clientId: 'm1', description: wanted.description });
    expect(tenant.calls).toEqual(['add', 'list', 'add']);
    expect(tenant.saved).toMatchObject({ openSends: [expect.any(Number)], clients: [{ clientId: 'm1' }] });
  });

  test('that never succeeds says that cleanup checks again, and that no request is in progress', async () => {
    const tenant = new Tenant();
    for (let n = 1; n < 20; n += 2) tenant.before[n] = loseResponse;
    expect(await create(tenant)).toMatchObject({
      problem: `${failure.problem} The list doesn't have the client yet.`,
      hint: `Cleanup checks again and reports the result. ${failure.hint}`,
      details: failure.details,
      cause: failure,
    });
    expect(tenant.saved).toMatchObject({ clients: [], requestsEnded: true });
  });

  test("isn't repeated if the list has no secret for the client", async () => {
    const tenant = new Tenant();
    tenant.before[1] = () => {
      listedAs(tenant, 'a', { clientSecret: '' });
      loseResponse();
    };
    expect(await create(tenant)).toMatchObject({
      problem: `${failure.problem} Client a was created, but clients/list returned no secret for it.`,
      hint: "Cleanup deletes it. Check that no proxy changes Capture's responses.",
      details: { ...failure.details, retryable: false },
      cause: failure,
    });
    expect(tenant.calls).toEqual(['add', 'list']);
    expect(tenant.masked).toEqual([]);
  });

  test("isn't repeated if the lookup fails", async () => {
    const tenant = new Tenant();
    tenant.after[1] = loseResponse;
    tenant.before[2] = fail(rejection);
    expect(await create(tenant)).toMatchObject({
      problem: `${failure.problem} The client may exist, and the check for it failed: ${rejection.problem}`,
      hint: `Cleanup checks again and reports the result. ${rejection.hint}`,
      details: { ...failure.details, retryable: false },
      cause: rejection,
    });
    expect(tenant.calls).toEqual(['add', 'list']);
    expect(tenant.saved).toMatchObject({ clients: [], requestsEnded: true });
  });

  test('rethrows an unexpected error of the lookup', async () => {
    const tenant = new Tenant();
    tenant.after[1] = loseResponse;
    const bug = new TypeError('a bug of ours');
    tenant.before[2] = fail(bug);
    expect(await create(tenant)).toBe(bug);
  });

  test("isn't sent again after a cancellation, and cleanup waits for a late effect", async () => {
    const tenant = new Tenant();
    tenant.before[1] = loseResponse;
    tenant.after[2] = tenant.cancel;
    expect(await create(tenant)).toBeInstanceOf(Canceled);
    expect(tenant.calls).toEqual(['add', 'list']);
    expect(tenant.saved).toMatchObject({ clients: [], requestsEnded: false });
  });
});
