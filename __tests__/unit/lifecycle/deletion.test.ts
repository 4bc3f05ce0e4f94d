import { describe, expect, test } from '@jest/globals';
import { ExpectedError } from '../../../src/errors.ts';
import type { Creation } from '../../../src/lifecycle/creation-record.ts';
import {
  type DeletableClient,
  deleteClients,
  describeOutcome,
  type Outcome,
} from '../../../src/lifecycle/deletion.ts';
import { formatDescription, type Label } from '../../../src/lifecycle/label.ts';
import { type LabeledClient, listSiblings } from '../../../src/lifecycle/labeled-clients.ts';
import { cleanUp } from '../../../src/lifecycle/leftovers.ts';
import { provisionClient } from '../../../src/lifecycle/provision.ts';
import { type SubjectStates, sweep } from '../../../src/lifecycle/sweep-plan.ts';
import { deleteUnlessReused } from '../../../src/lifecycle/takeover.ts';
import { captureError, now, pullRequestLabel, runLabel } from '../../support/basics.ts';
import { bug, fail, pullRequest, rejection } from '../../support/client-requests.ts';
import {
  beforeCall,
  loseResponse,
  otherMarker,
  ownerId,
  Tenant,
  unknownClient,
} from '../../support/fake-capture.ts';

/** A client as a list shows it. */
function listed(tenant: Tenant, clientId: string, label: Label = runLabel): LabeledClient {
  const { features } = tenant.add(clientId, label);
  return { clientId, features, label, text: 'words' };
}

const resultsOf = (outcomes: readonly { client: DeletableClient; result: string }[]) =>
  outcomes.map(({ client, result }) => `${client.clientId} ${result}`);

describe('the deletion of clients', () => {
  test('tries each of them, even if another fails', async () => {
    const tenant = new Tenant();
    const clients = ['a', 'b', 'c', 'd'].map((id) => listed(tenant, id));
    tenant.before[1] = fail(rejection);
    tenant.before[2] = () => tenant.clients.delete('b');
    const outcomes = await deleteClients(clients, tenant.dependencies, { listedAt: now });
    expect(resultsOf(outcomes)).toEqual(['a failed', 'b gone', 'c deleted', 'd deleted']);
    expect(outcomes[0]?.error).toBe(rejection);
    expect(tenant.calls).toEqual(['delete', 'delete', 'delete', 'delete']);
  });

  test('ends with an unexpected error', async () => {
    const tenant = new Tenant();
    tenant.before[1] = fail(bug);
    const clients = [listed(tenant, 'a'), listed(tenant, 'b')];
    await expect(deleteClients(clients, tenant.dependencies, { listedAt: now })).rejects.toBe(bug);
    expect(tenant.calls).toEqual(['delete']);
  });

  test.each<[string, (tenant: Tenant) => void]>([
    ['the time is too short', (tenant) => Object.assign(tenant, { remainingMs: 499 })],
    [
      'the server asks to wait for longer than the time that is left',
      (tenant) => {
        tenant.before[2] = fail(captureError({ retryable: false, retryAfterMs: 60_001 }));
      },
    ],
  ])('begins nothing more once %s', async (_, happens) => {
    const tenant = new Tenant();
    const clients = ['a', 'b', 'c'].map((id) => listed(tenant, id));
    tenant.after[1] = () => happens(tenant);
    const outcomes = await deleteClients(clients, tenant.dependencies, { listedAt: now });
    expect(resultsOf(outcomes)).toEqual(['a deleted', 'b failed', 'c failed']);
    expect(outcomes[2]?.error).toBeUndefined();
  });

  test.each<[string, (tenant: Tenant) => void, string]>([
    ['is not listed', (tenant) => tenant.clients.delete('a'), 'not_listed'],
    ['was reused', (tenant) => tenant.takeOver('a'), 'relabeled'],
    ['has lost its label', (tenant) => tenant.add('a', runLabel, { description: 'words' }), 'unlabeled'],
    [
      'has the label of another repository with the same marker',
      (tenant) => tenant.add('a', { ...runLabel, origin: { ...runLabel.origin, id: '99' } }),
      'relabeled',
    ],
    [
      'has another text and name, but the same marker',
      (tenant) => {
        const label = { ...runLabel, name: 'other' };
        tenant.add('a', label, { description: formatDescription({ text: 'other words', label }) });
      },
      'deleted',
    ],
  ])('reads labels first, and again before each attempt: a client that %s', async (_, happens, result) => {
    for (const attempt of [1, 2]) {
      const tenant = new Tenant();
      const client = listed(tenant, 'a');
      if (attempt === 1) happens(tenant);
      tenant.before[2] = () => {
        if (attempt === 1) return;
        happens(tenant);
        loseResponse();
      };
      expect(resultsOf(await deleteClients([client], tenant.dependencies))).toEqual([`a ${result}`]);
      expect(tenant.clients.has('a')).toBe(!['deleted', 'not_listed'].includes(result));
    }
  });

  test('by ID needs no label', async () => {
    const tenant = new Tenant();
    tenant.add('a', runLabel, { description: 'made by hand' });
    const outcomes = await deleteClients([{ clientId: 'a', features: ['owner'] }], tenant.dependencies);
    expect(resultsOf(outcomes)).toEqual(['a deleted']);
    expect(tenant.calls).toEqual(['set_features', 'delete']);
  });

  test.each([
    [now, 'deleted'],
    [now - 60_000, 'gone'],
    [undefined, 'gone'],
  ])('does not believe that a new client is gone: created at %p', async (createdAt, result) => {
    const tenant = new Tenant();
    const client = { ...listed(tenant, 'a'), createdAt, label: undefined };
    tenant.before[1] = fail(unknownClient());
    expect(resultsOf(await deleteClients([client], tenant.dependencies))).toEqual([`a ${result}`]);
  });
});

test.each<[string, Omit<Outcome, 'client'>]>([
  ['Deleted client c1.', { result: 'deleted' }],
  ['Client c1 no longer exists.', { result: 'gone' }],
  ["Client c1 isn't in Capture's list.", { result: 'not_listed' }],
  ['Client c1 was reused by another run, so it was kept.', { result: 'relabeled' }],
  ['Client c1 has lost its label, so it was kept. Delete it in the Console.', { result: 'unlabeled' }],
  ['Could not delete client c1; it still works. The time was up before its turn.', { result: 'failed' }],
  [
    `Could not delete client c1, which may still work. ${rejection.message}`,
    { result: 'failed', error: rejection },
  ],
])('an outcome in words: %s', (text, outcome) => {
  expect(describeOutcome({ client: { clientId: 'c1', features: [] }, ...outcome })).toBe(text);
});

describe('the deletion of a client that another run may reuse', () => {
  async function withdraw(prepare: (tenant: Tenant) => void, label = pullRequestLabel) {
    const tenant = new Tenant();
    const own = listed(tenant, 'own', label);
    prepare(tenant);
    const [outcome] = await deleteUnlessReused([own], tenant.dependencies);
    return { tenant, result: outcome?.result, calls: tenant.calls.join(' ') };
  }

  test('first sets it to expired, waits, and looks again', async () => {
    let expiresAt: number | undefined;
    const { tenant, result, calls } = await withdraw((one) => {
      one.before[3] = () => {
        expiresAt = one.labelOf('own')?.expiresAt;
      };
    });
    expect({ result, calls }).toEqual({ result: 'deleted', calls: 'list set_description list delete' });
    expect(expiresAt).toBe(Math.floor(now / 1000) * 1000);
    expect(tenant.sleeps).toEqual([3000]);
  });

  test.each([
    ['of a run, by its ID', runLabel, 'delete'],
    ['about to expire', { ...pullRequestLabel, expiresAt: now + 5 * 60_000 }, 'list delete'],
  ])('needs no wait if no run reuses it: %s', async (_, label, expected) => {
    const { tenant, result, calls } = await withdraw(() => {}, label);
    expect({ result, calls }).toEqual({ result: 'deleted', calls: expected });
    expect(tenant.sleeps).toEqual([]);
  });

  test.each<[string, (tenant: Tenant) => void, string, number[]]>([
    ['reused before the first look', (one) => one.takeOver('own'), 'relabeled', []],
    ['without a label', (one) => one.add('own', pullRequestLabel, { description: 'words' }), 'unlabeled', []],
    ['not listed', (one) => one.clients.clear(), 'not_listed', []],
    ['gone', beforeCall(2, (one) => one.clients.clear()), 'gone', []],
    ['reused while it is set to expired', beforeCall(3, (one) => one.takeOver('own')), 'relabeled', [3000]],
    ['not listed at the second look', beforeCall(3, (one) => one.clients.clear()), 'not_listed', [3000]],
    ['gone in the end', beforeCall(4, (one) => one.clients.clear()), 'gone', [3000]],
    ['not to be changed', beforeCall(2, fail(rejection)), 'failed', []],
  ])('finds it %s', async (_, prepare, expected, sleeps) => {
    const { tenant, result } = await withdraw(prepare);
    expect(result).toBe(expected);
    expect(tenant.sleeps).toEqual(sleeps);
    if (tenant.clients.has('own')) expect(tenant.labelOf('own')?.expiresAt ?? Infinity).toBeGreaterThan(now);
  });

  test.each([
    ['set_description', 2],
    ['delete', 4],
  ])('looks again before it repeats %s, and never undoes what another run wrote', async (_, call) => {
    const { tenant, result } = await withdraw((one) => {
      one.before[call] = () => {
        one.takeOver('own');
        loseResponse();
      };
    });
    expect(result).toBe('relabeled');
    expect(tenant.labelOf('own')).toMatchObject({ marker: otherMarker });
    expect(tenant.labelOf('own')?.expiresAt).toBeGreaterThan(now);
  });
});

describe('the client that authenticates is never a target, though it has our label', () => {
  const label = { ...pullRequestLabel, expiresAt: now - 500 };
  const owner = { clientId: ownerId, features: ['owner'], label, text: 'words' };
  const creation: Creation = {
    ...{ origin: label.origin, marker: label.marker, expiresAt: label.expiresAt },
    ...{ lifetime: 'pull_request', openSends: [now - 60_000], clients: [] },
  };
  const finished: SubjectStates = { stateOf: () => 'finished', problems: [], isTokenUsable: true };

  test.each<[string, (tenant: Tenant) => Promise<unknown>]>([
    ['a creation for its pull request', ({ dependencies }) => provisionClient(pullRequest(), dependencies)],
    ['cleanup', ({ dependencies }) => cleanUp(creation, dependencies)],
    ['configure', ({ dependencies }) => listSiblings(label, dependencies)],
    [
      'a sweep',
      ({ dependencies }) =>
        sweep(
          {
            scope: { thisOrigin: label.origin, repositories: undefined },
            dryRun: false,
            ask: async () => finished,
          },
          dependencies,
        ),
    ],
  ])('not of %s, which does not see it', async (_, act) => {
    for (const expiresAt of [label.expiresAt, now + 9e8]) {
      const tenant = new Tenant();
      const before = tenant.add(ownerId, { ...label, expiresAt }, { features: ['owner'] });
      expect(await act(tenant)).not.toMatchObject({ client: { clientId: ownerId } });
      expect(tenant.clients.get(ownerId)).toEqual(before);
    }
  });

  test.each<[string, (tenant: Tenant) => Promise<unknown>]>([
    ['deleteClients', ({ dependencies }) => deleteClients([owner], dependencies, { listedAt: now })],
    [
      'deleteUnlessReused',
      ({ dependencies }) =>
        deleteUnlessReused([{ ...owner, label: { ...label, expiresAt: now + 9e8 } }], dependencies),
    ],
  ])('not of %s, which rejects it', async (_, act) => {
    const tenant = new Tenant();
    const before = tenant.add(ownerId, label, { features: ['owner'] });
    await expect(async () => await act(tenant)).rejects.toThrow(ExpectedError);
    expect(tenant.clients.get(ownerId)).toEqual(before);
    expect(tenant.calls).toEqual([]);
  });
});
