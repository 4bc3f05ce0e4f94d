import { describe, expect, test } from '@jest/globals';
import type { Capture, Client } from '../../../src/capture/client.ts';
import { type Creation, Journal } from '../../../src/lifecycle/creation.ts';
import { Interrupted } from '../../../src/lifecycle/interruption.ts';
import { formatDescription } from '../../../src/lifecycle/label.ts';
import type { Plan } from '../../../src/lifecycle/provision.ts';
import { type Collaborators, createExactlyOne } from '../../../src/lifecycle/provision.ts';
import { loseAnswer, Tenant } from '../../support/fake-capture.ts';
import { captureError, now, runLabel } from '../../support/fixtures.ts';

const plan: Plan = { text: 'words', label: runLabel, features: ['login_client'] };
const wanted = { description: formatDescription(plan), features: ['login_client'] };
const client: Client = { ...wanted, clientId: 'id', clientSecret: 'secret' };

/** Creates with a Capture that answers in this way, and notes all that happens. */
async function play(answers: readonly (() => Client)[], changes: Partial<Collaborators> = {}) {
  const problem: unknown[] = [];
  const saved: Creation[] = [];
  let sends = 0;
  const capture: Partial<Capture> = {
    async addClient(given) {
      problem.push(['send', given]);
      sends += 1;
      return (answers[sends - 1] as () => Client)();
    },
  };
  const result = await createExactlyOne(plan, {
    capture: capture as Capture,
    captureOnce: capture as Capture,
    async repeat(attempt, mayRepeat) {
      return attempt().catch((error) => (mayRepeat(error) ? attempt() : Promise.reject(error)));
    },
    journal: new Journal((creation) => {
      saved.push(creation);
      problem.push(['save', creation.sends, creation.outcome]);
    }),
    now: () => now,
    sleep: async () => {},
    newMarker: () => runLabel.marker,
    mask: ({ clientSecret }) => {
      problem.push(['mask', clientSecret]);
    },
    interrupted: new AbortController().signal,
    info: () => {},
    notice: () => {},
    ...changes,
  }).catch((error: unknown) => error);
  return { result, problem, saved };
}

const fail = (error: Error) => () => {
  throw error;
};

describe('a creation', () => {
  test('saves the intent, sends, masks the secret and saves the outcome, in this order', async () => {
    const { result, problem } = await play([() => client]);
    expect(result).toEqual(client);
    expect(problem).toEqual([
      ['save', 1, 'unknown'],
      ['send', wanted],
      ['mask', 'secret'],
      ['save', 1, { clientId: 'id' }],
    ]);
  });

  test('saves what is needed to find the client again, and no secret', async () => {
    const { saved } = await play([() => client]);
    for (const creation of saved) {
      expect(creation).toMatchObject({ marker: runLabel.marker, lastSentAt: now, handedOver: false });
      expect(JSON.stringify(creation)).not.toContain('secret');
    }
  });

  test('saves the intent before every send', async () => {
    const { problem } = await play([fail(captureError()), () => client]);
    expect(problem.slice(0, 4)).toEqual([
      ['save', 1, 'unknown'],
      ['send', wanted],
      ['save', 2, 'unknown'],
      ['send', wanted],
    ]);
  });

  test('that was refused leaves nothing to look for', async () => {
    const error = captureError({ code: 403, retryable: false });
    const { result, saved } = await play([fail(error)]);
    expect(result).toBe(error);
    expect(saved.at(-1)?.outcome).toBe('none');
  });

  test('that failed in a way nobody foresaw may have succeeded', async () => {
    const error = new TypeError('a fault of ours');
    const { result, saved } = await play([fail(error)], { repeat: (attempt) => attempt() });
    expect(result).toBe(error);
    expect(saved.at(-1)?.outcome).toBe('unknown');
  });

  test('is not forgotten if its secret cannot be masked', async () => {
    const mask = fail(new TypeError('a fault of ours'));
    const { saved } = await play([() => client], { mask });
    expect(saved.at(-1)?.outcome).not.toBe('none');
  });

  test('looks for its client after a definite refusal, too, if an earlier round left a send open', async () => {
    const journal = new Journal(() => {});
    journal.leftOpen();
    const refusal = captureError({ code: 200, retryable: false });
    const capture: Partial<Capture> = {
      addClient: fail(refusal),
      listClients: async (pick) => ({ picked: [pick(client)].filter((one) => one !== undefined), total: 1 }),
    };
    const { result } = await play([], { journal, capture: capture as Capture });
    expect(result).toEqual(client);
  });

  test('adopts nothing that bears its marker in a label of another repository', async () => {
    const failure = captureError({ applied: 'unknown', retryable: false });
    const label = { ...runLabel, origin: { ...runLabel.origin, id: '99' } };
    const foreign = { ...client, description: formatDescription({ ...plan, label }) };
    const capture: Partial<Capture> = {
      addClient: fail(failure),
      listClients: async (pick) => ({ picked: [pick(foreign)].filter((one) => one !== undefined), total: 1 }),
    };
    const { result } = await play([], { capture: capture as Capture });
    expect((result as Error).message).toContain('looked for its marker: not found');
  });
});

describe('a creation whose answer was lost', () => {
  const failure = captureError({ retryable: true, applied: 'unknown' });
  const refusal = captureError({ code: 403, retryable: false });
  const listedAs = (tenant: Tenant, clientId: string, changes: Partial<Client> = {}) => {
    tenant.clients.set(clientId, { ...client, clientId, ...changes });
  };
  /** What came of it, and what the step said to that. */
  const create = async (tenant: Tenant) =>
    await createExactlyOne(plan, tenant.collaborators).catch((error: unknown) => error);

  test('adopts the client that bears its marker', async () => {
    const tenant = new Tenant();
    tenant.before[2] = () => listedAs(tenant, 'foreign', { description: 'made by hand' });
    tenant.after[1] = loseAnswer;
    expect(await create(tenant)).toMatchObject({ clientId: 'm1', clientSecret: 'secret of m1' });
    expect(tenant.calls).toEqual(['add', 'list login_client']);
    expect(tenant.masked).toEqual([['secret of m1', 2]]);
    expect(tenant.saved).toMatchObject({ sends: 1, outcome: { clientId: 'm1' } });
    expect(tenant.told).toEqual([
      `${failure.problem} Looking whether the client exists.`,
      "It does: client m1 bears this step's marker.",
    ]);
  });

  test('adopts the one with the lowest id where two sends made two', async () => {
    const tenant = new Tenant();
    tenant.before[2] = () => {
      for (const id of ['b', 'a', 'c']) listedAs(tenant, id);
    };
    tenant.before[1] = loseAnswer;
    expect(await create(tenant)).toMatchObject({ clientId: 'a' });
  });

  test('sends the same again where none bears the marker', async () => {
    const tenant = new Tenant();
    tenant.before[1] = loseAnswer;
    expect(await create(tenant)).toMatchObject({ clientId: 'm1', description: wanted.description });
    expect(tenant.calls).toEqual(['add', 'list login_client', 'add']);
    expect(tenant.saved).toMatchObject({ sends: 2, outcome: { clientId: 'm1' } });
  });

  test('that does not come to an end says that post looks again, and is no longer under way', async () => {
    const tenant = new Tenant();
    for (let n = 1; n < 20; n += 2) tenant.before[n] = loseAnswer;
    expect(await create(tenant)).toMatchObject({
      problem: `${failure.problem} The client may exist; looked for its marker: not found.`,
      hint: `The post step looks again. ${failure.hint}`,
      details: failure.details,
    });
    expect(tenant.saved).toMatchObject({ outcome: 'unknown', concluded: true });
  });

  test('is not repeated where the list tells no secret of the client', async () => {
    const tenant = new Tenant();
    tenant.before[1] = () => {
      listedAs(tenant, 'a', { clientSecret: '' });
      loseAnswer();
    };
    expect(await create(tenant)).toMatchObject({
      problem: `${failure.problem} Client a bears this step's marker, but the list tells no secret of it.`,
      hint: 'The post step removes it. Does a proxy change what Capture answers?',
      details: { ...failure.details, retryable: false },
    });
    expect(tenant.calls).toEqual(['add', 'list login_client']);
    expect(tenant.masked).toEqual([]);
  });

  test('is not repeated where nobody can look', async () => {
    const tenant = new Tenant();
    tenant.after[1] = loseAnswer;
    tenant.before[2] = fail(refusal);
    expect(await create(tenant)).toMatchObject({
      problem: `${failure.problem} The client may exist, and looking for its marker failed, too: ${refusal.problem}`,
      hint: `The post step looks again. ${refusal.hint}`,
      details: { ...failure.details, retryable: false },
    });
    expect(tenant.calls).toEqual(['add', 'list login_client']);
    expect(tenant.saved).toMatchObject({ outcome: 'unknown', concluded: true });
  });

  test('hides no fault of ours in the look', async () => {
    const tenant = new Tenant();
    tenant.after[1] = loseAnswer;
    const fault = new TypeError('a fault of ours');
    tenant.before[2] = fail(fault);
    expect(await create(tenant)).toBe(fault);
  });

  test('is not sent again once the step is interrupted, and post waits for what may still come', async () => {
    const tenant = new Tenant();
    tenant.before[1] = loseAnswer;
    tenant.after[2] = tenant.interrupt;
    expect(await create(tenant)).toBeInstanceOf(Interrupted);
    expect(tenant.calls).toEqual(['add', 'list login_client']);
    expect(tenant.saved).toMatchObject({ outcome: 'unknown', concluded: false });
  });
});
