import { describe, expect, test } from '@jest/globals';
import type { Capture, Client } from '../../src/capture/client.ts';
import { CaptureError } from '../../src/capture/errors.ts';
import { cleanUp } from '../../src/lifecycle/cleanup.ts';
import type { Creation } from '../../src/lifecycle/journal.ts';
import { formatDescription, type Label, labelOf } from '../../src/lifecycle/label.ts';
import { removeOwn } from '../../src/lifecycle/retire.ts';
import { captureError, now, pullRequestLabel, runLabel } from './fixtures.ts';

const otherMarker = 'f'.repeat(24);

/** A Capture in memory, where something else can happen before or after each call. */
class Tenant {
  readonly clients = new Map<string, Client>();
  readonly calls: string[] = [];
  readonly sleeps: number[] = [];
  now = now;
  /** What happens when the n-th call, counted from 1, is made; it may throw in the call's place. */
  readonly events: Record<number, () => void> = {};

  add(clientId: string, label: Label, features: string[] = ['login_client']): Client {
    const description = formatDescription({ text: 'words', label });
    const client = { clientId, clientSecret: `secret of ${clientId}`, description, features };
    this.clients.set(clientId, client);
    return client;
  }

  /** Another run takes the client over. */
  takeOver(clientId: string): void {
    const label = { ...(labelOf(this.#get(clientId)) as Label), marker: otherMarker, expiresAt: now + 9e8 };
    this.#get(clientId, { description: formatDescription({ text: 'words', label }) });
  }

  get collaborators() {
    return {
      capture: this.#capture,
      captureOnce: this.#capture,
      async repeat<T>(attempt: () => Promise<T>, mayRepeat: (error: CaptureError) => boolean): Promise<T> {
        for (let left = 5; ; left -= 1) {
          try {
            return await attempt();
          } catch (error) {
            if (left === 0 || !(error instanceof CaptureError) || !mayRepeat(error)) throw error;
          }
        }
      },
      now: () => this.now,
      sleep: async (ms: number) => {
        this.sleeps.push(ms);
        this.now += ms;
      },
      info: () => {},
    };
  }

  get #capture(): Capture {
    return {
      addClient: () => Promise.reject(new Error('no creation here')),
      listClients: async (pick) => {
        this.#happens('list');
        const all = [...this.clients.values()];
        return { picked: all.map(pick).filter((one) => one !== undefined), total: all.length };
      },
      deleteClient: async (clientId) => {
        this.#happens('delete');
        return this.clients.delete(clientId) ? 'deleted' : 'gone';
      },
      setDescription: async (clientId, description) => {
        this.#happens('set_description');
        this.#get(clientId, { description });
      },
      setFeatures: async (clientId, features) => {
        this.#happens('set_features');
        this.#get(clientId, { features });
      },
      resetSecret: () => Promise.reject(new Error('no reset here')),
      setWhitelist: () => Promise.reject(new Error('no allow list here')),
      listSettings: () => Promise.reject(new Error('no settings here')),
      getDefaultSetting: () => Promise.reject(new Error('no settings here')),
      setSettings: () => Promise.reject(new Error('no settings here')),
    };
  }

  #get(clientId: string, changes: Partial<Client> = {}): Client {
    const client = { ...(this.clients.get(clientId) as Client), ...changes };
    this.clients.set(clientId, client);
    return client;
  }

  #happens(call: string): void {
    this.calls.push(call);
    this.events[this.calls.length]?.();
  }
}

function fail(): never {
  throw captureError({ transient: true, effect: 'unknown' });
}

describe('the removal of one’s own client', () => {
  test('of a run is one look and one deletion', async () => {
    const tenant = new Tenant();
    const own = tenant.add('own', runLabel);
    expect(await removeOwn(own, runLabel, tenant.collaborators)).toBe('deleted');
    expect(tenant.calls).toEqual(['list', 'delete']);
    expect(tenant.sleeps).toEqual([]);
  });

  test('of a pull request says first that it has expired, waits, and looks again', async () => {
    const tenant = new Tenant();
    const own = tenant.add('own', pullRequestLabel);
    let expiresAt: number | undefined;
    tenant.events[3] = () => {
      expiresAt = labelOf(tenant.clients.get('own') as Client)?.expiresAt;
    };
    expect(await removeOwn(own, pullRequestLabel, tenant.collaborators)).toBe('deleted');
    expect(tenant.calls).toEqual(['list', 'set_description', 'list', 'delete']);
    expect(expiresAt).toBeLessThanOrEqual(now);
    expect(tenant.sleeps).toEqual([3000]);
  });

  test.each([
    ['before the first look', 1],
    ['while its end was being written', 3],
  ])('is left to another run that took it over %s', async (_, call) => {
    const tenant = new Tenant();
    const own = tenant.add('own', pullRequestLabel);
    tenant.events[call] = () => tenant.takeOver('own');
    expect(await removeOwn(own, pullRequestLabel, tenant.collaborators)).toBe('taken over');
    expect(labelOf(tenant.clients.get('own') as Client)).toMatchObject({ marker: otherMarker });
  });

  test.each([
    ['set_description', 2],
    ['delete', 4],
  ])('looks again before a %s is repeated, and so never undoes what another run wrote', async (_, call) => {
    const tenant = new Tenant();
    const own = tenant.add('own', pullRequestLabel);
    tenant.events[call] = () => {
      tenant.takeOver('own');
      fail();
    };
    expect(await removeOwn(own, pullRequestLabel, tenant.collaborators)).toBe('taken over');
    const label = labelOf(tenant.clients.get('own') as Client);
    expect(label).toMatchObject({ marker: otherMarker });
    expect(label?.expiresAt).toBeGreaterThan(now);
  });

  test('finds it gone', async () => {
    const tenant = new Tenant();
    const own = tenant.add('own', pullRequestLabel);
    tenant.clients.clear();
    expect(await removeOwn(own, pullRequestLabel, tenant.collaborators)).toBe('gone');
  });
});

describe('the clean-up', () => {
  const creation: Creation = {
    repository: pullRequestLabel.repository,
    marker: pullRequestLabel.marker,
    lifetime: 'pull_request',
    features: ['login_client'],
    expiresAt: pullRequestLabel.expiresAt,
    sends: 1,
    lastSentAt: now,
    outcome: { clientId: 'own' },
    concluded: false,
    announced: false,
  };

  test('leaves a twin that another run took over, and the announced client', async () => {
    const tenant = new Tenant();
    tenant.add('own', pullRequestLabel);
    tenant.add('taken', pullRequestLabel);
    tenant.add('twin', pullRequestLabel);
    tenant.events[2] = () => tenant.takeOver('taken');
    const twice = { ...creation, sends: 2, announced: true };
    expect(await cleanUp(twice, tenant.collaborators)).toEqual([]);
    expect([...tenant.clients.keys()]).toEqual(['own', 'taken']);
    expect(tenant.sleeps[0]).toBe(15_000);
  });

  test('waits from its own start where main was killed, for what may still come', async () => {
    const tenant = new Tenant();
    tenant.now = now + 60_000;
    tenant.events[2] = () => tenant.add('late', runLabel);
    const killed = { ...creation, marker: runLabel.marker, lifetime: 'run', outcome: 'unknown' } as const;
    expect(await cleanUp(killed, tenant.collaborators)).toEqual([]);
    expect(tenant.sleeps).toEqual([15_000]);
    expect(tenant.clients.size).toBe(0);
  });

  test.each([{ id: '99' }, { host: 'ghe.example.com' }])(
    'leaves a client that bears the marker in a label of another repository, %j',
    async (place) => {
      const tenant = new Tenant();
      const foreign = { ...runLabel, repository: { ...runLabel.repository, ...place } };
      tenant.add('foreign', foreign);
      tenant.add('own', runLabel);
      const open = { ...creation, marker: runLabel.marker, lifetime: 'run', outcome: 'unknown' } as const;
      expect(await cleanUp(open, tenant.collaborators)).toEqual([]);
      expect([...tenant.clients.keys()]).toEqual(['foreign']);
      expect(await removeOwn(tenant.add('foreign', foreign), runLabel, tenant.collaborators)).toBe(
        'taken over',
      );
    },
  );

  test('does not wait where main came to its end and the last send is old', async () => {
    const tenant = new Tenant();
    tenant.now = now + 60_000;
    const ended = { ...creation, outcome: 'unknown', concluded: true } as const;
    expect(await cleanUp(ended, tenant.collaborators)).toEqual([]);
    expect(tenant.calls).toEqual(['list']);
  });

  test('looks for a second one where two sends may have made two', async () => {
    const tenant = new Tenant();
    tenant.add('first', runLabel);
    tenant.events[4] = () => tenant.add('second', runLabel);
    const open = { ...creation, marker: runLabel.marker, lifetime: 'run', sends: 2 } as const;
    expect(await cleanUp(open, tenant.collaborators)).toEqual([]);
    expect(tenant.clients.size).toBe(0);
  });

  test('tries every client and tells which are left', async () => {
    const tenant = new Tenant();
    tenant.add('first', runLabel);
    tenant.add('second', runLabel);
    const error = captureError({ transient: false });
    tenant.events[3] = () => {
      throw error;
    };
    const open = { ...creation, marker: runLabel.marker, lifetime: 'run', concluded: true } as const;
    expect(await cleanUp({ ...open, outcome: 'unknown' }, tenant.collaborators)).toEqual([
      { clientId: 'first', error },
    ]);
    expect([...tenant.clients.keys()]).toEqual(['first']);
  });

  test('says that it does not know where it could not even look', async () => {
    const tenant = new Tenant();
    const error = captureError({ transient: false });
    tenant.events[1] = () => {
      throw error;
    };
    const twice = { ...creation, sends: 2, announced: true };
    expect(await cleanUp(twice, tenant.collaborators)).toEqual([{ clientId: undefined, error }]);
  });
});
