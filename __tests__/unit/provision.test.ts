import { describe, expect, test } from '@jest/globals';
import type { Capture, Client } from '../../src/capture/client.ts';
import { type Creation, Journal } from '../../src/lifecycle/journal.ts';
import { formatDescription } from '../../src/lifecycle/label.ts';
import type { Plan } from '../../src/lifecycle/provision.ts';
import { type Collaborators, createExactlyOne } from '../../src/lifecycle/provision.ts';
import { captureError, now, runLabel } from './fixtures.ts';

const plan: Plan = { text: 'words', label: runLabel, features: ['login_client'] };
const wanted = { description: formatDescription(plan), features: ['login_client'] };
const client: Client = { ...wanted, clientId: 'id', clientSecret: 'secret' };

/** Creates with a Capture that answers in this way, and notes all that happens. */
async function play(answers: readonly (() => Client)[], changes: Partial<Collaborators> = {}) {
  const happened: unknown[] = [];
  const saved: Creation[] = [];
  let sends = 0;
  const capture: Partial<Capture> = {
    async addClient(given) {
      happened.push(['send', given]);
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
      happened.push(['save', creation.sends, creation.outcome]);
    }),
    now: () => now,
    sleep: async () => {},
    newMarker: () => runLabel.marker,
    mask: ({ clientSecret }) => {
      happened.push(['mask', clientSecret]);
    },
    interrupted: new AbortController().signal,
    info: () => {},
    notice: () => {},
    ...changes,
  }).catch((error: unknown) => error);
  return { result, happened, saved };
}

const fail = (error: Error) => () => {
  throw error;
};

describe('a creation', () => {
  test('saves the intent, sends, masks the secret and saves the outcome, in this order', async () => {
    const { result, happened } = await play([() => client]);
    expect(result).toEqual(client);
    expect(happened).toEqual([
      ['save', 1, 'unknown'],
      ['send', wanted],
      ['mask', 'secret'],
      ['save', 1, { clientId: 'id' }],
    ]);
  });

  test('saves what is needed to find the client again, and no secret', async () => {
    const { saved } = await play([() => client]);
    for (const creation of saved) {
      expect(creation).toMatchObject({ marker: runLabel.marker, lastSentAt: now, announced: false });
      expect(JSON.stringify(creation)).not.toContain('secret');
    }
  });

  test('saves the intent before every send', async () => {
    const { happened } = await play([fail(captureError()), () => client]);
    expect(happened.slice(0, 4)).toEqual([
      ['save', 1, 'unknown'],
      ['send', wanted],
      ['save', 2, 'unknown'],
      ['send', wanted],
    ]);
  });

  test('that was refused leaves nothing to look for', async () => {
    const error = captureError({ code: 403, transient: false });
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
    const refusal = captureError({ code: 200, transient: false });
    const capture: Partial<Capture> = {
      addClient: fail(refusal),
      listClients: async (pick) => ({ picked: [pick(client)].filter((one) => one !== undefined), total: 1 }),
    };
    const { result } = await play([], { journal, capture: capture as Capture });
    expect(result).toEqual(client);
  });

  test('adopts nothing that bears its marker in a label of another repository', async () => {
    const failure = captureError({ effect: 'unknown', transient: false });
    const label = { ...runLabel, repository: { ...runLabel.repository, id: '99' } };
    const foreign = { ...client, description: formatDescription({ ...plan, label }) };
    const capture: Partial<Capture> = {
      addClient: fail(failure),
      listClients: async (pick) => ({ picked: [pick(foreign)].filter((one) => one !== undefined), total: 1 }),
    };
    const { result } = await play([], { capture: capture as Capture });
    expect((result as Error).message).toContain('looked for its marker: not found');
  });
});
