import { describe, expect, test } from '@jest/globals';
import type { Capture, Client } from '../../../src/capture/client.ts';
import { createRetry, minAttemptMs } from '../../../src/capture/retry.ts';
import { startTimeLimit } from '../../../src/capture/time-limit.ts';
import { formatDescription, type Label, type Purpose } from '../../../src/lifecycle/label.ts';
import {
  isInScope,
  judge,
  type Scope,
  type SubjectState,
  type Sweep,
  sweep,
} from '../../../src/lifecycle/sweep.ts';
import { captureError, now, runLabel } from '../../support/fixtures.ts';
import { SimulatedClock } from '../../support/simulated-clock.ts';

const purposes: Purpose[] = [
  { lifetime: 'run', runId: '7' },
  { lifetime: 'job', runId: '7' },
  { lifetime: 'pull_request', pullRequest: 42 },
];
const states: SubjectState[] = ['finished', 'unfinished', 'unknown'];

describe('a label is judged', () => {
  const of = (purpose: Purpose, expiresAt: number): Label => ({ ...runLabel, purpose, expiresAt });

  test.each(purposes)('by its expiry first: %j', (purpose) => {
    for (const state of states) {
      expect(judge(of(purpose, now), now, state)).toBe('expired');
      expect(judge(of(purpose, now + 1), now, state)).not.toBe('expired');
    }
  });

  test.each([
    ['run', 'finished', 'run_completed'],
    ['run', 'unfinished', 'run_not_completed'],
    ['run', 'unknown', 'state_unknown'],
    ['job', 'finished', 'run_completed'],
    ['job', 'unfinished', 'run_not_completed'],
    ['job', 'unknown', 'state_unknown'],
    ['pull_request', 'finished', 'pull_request_closed'],
    ['pull_request', 'unfinished', 'pull_request_open'],
    ['pull_request', 'unknown', 'state_unknown'],
  ] as const)('then by what the CI system reports: %s, %s gives %s', (lifetime, state, reason) => {
    const purpose = purposes.find((one) => one.lifetime === lifetime) as Purpose;
    expect(judge(of(purpose, now + 1), now, state)).toBe(reason);
  });
});

describe('the scope', () => {
  const own = runLabel.origin;
  const label = (place: Partial<Label['origin']>): Label => ({
    ...runLabel,
    origin: { ...own, ...place },
  });

  test.each([
    [{}, undefined, true],
    [{ name: 'acme/old' }, undefined, true],
    [{ id: '99' }, undefined, false],
    [{ host: 'ghe.example.com' }, undefined, false],
    [{}, ['acme/shop'], true],
    [{ name: 'acme/old' }, ['acme/shop'], true],
    [{ name: 'acme/old' }, ['acme/old'], false],
    [{ id: '99', name: 'acme/web' }, ['acme/shop'], false],
    [{ id: '99', name: 'acme/web' }, ['acme/*'], true],
    [{ id: '99', name: 'Acme/Web' }, ['aCME/wEB'], true],
    [{ id: '99', name: 'acme/web' }, ['acm/*', 'acmee/*', 'acme/we', 'acme/webb'], false],
    [{ id: '99', name: 'acme/*' }, ['acme/web'], false],
    [{ id: '99' }, ['acme/shop'], false],
    [{ id: '99', name: 'Acme/Shop' }, ['acme/shop'], false],
    [{ id: '99' }, ['acme/*'], true],
    [{ id: '99', name: 'acme/*' }, ['acme/*'], false],
    [{ id: '99', name: 'acme/web/x' }, ['acme/*', 'acme/web'], false],
    [{ id: '99', name: 'Acme/web/x' }, ['acme/web/*'], true],
    [{ id: '99', name: 'acme/web/x/y' }, ['acme/web/*', 'acme/*', 'acme/web/x'], false],
    [{ id: '99', name: 'acme/web x' }, ['acme/*'], false],
    [{ id: '99', name: 'acme/web/..' }, ['acme/web', 'acme/*'], false],
    [{ id: 'uuid:9f/1 x', name: 'acme/web' }, ['acme/web'], true],
    [{ id: '99', name: 'ac\u043ce/web' }, ['acme/*'], false],
    [{ id: '99', name: 'acme\u200b/web' }, ['acme/*'], false],
    [{ id: '99', name: 'acme\u2215web' }, ['acme/*', 'acme/web'], false],
    [{ id: '99', name: 'acme/\u212aiosk' }, ['acme/*', 'acme/kiosk'], false],
    [{ id: '99', name: '\u212aiosk/web' }, ['kiosk/*', 'kiosk/web'], false],
    [{ id: '99', name: 'acme' }, ['acme/acme'], false],
    [{ id: '99', name: 'acme/web', host: 'ghe.example.com' }, ['acme/*', 'acme/web'], false],
    [{}, ['globex/*'], false],
    [{}, ['globex/*', 'acme/*'], true],
  ])('a label of %j is in the scope of %j: %s', (place, repositories, expected) => {
    expect(isInScope(label(place), { thisOrigin: own, repositories })).toBe(expected);
  });
});

describe('a sweep', () => {
  test('asks nothing if every client has expired', async () => {
    const world = new World();
    world.add('a', { expiresAt: now - 1 });
    expect(await world.sweep()).toEqual(['a expired deleted']);
    expect(world.asked).toEqual([]);
    expect(world.result).toMatchObject({ states: undefined, unmatched: [] });
  });

  test('asks nothing about a client that expires at this moment', async () => {
    const world = new World();
    world.add('a', { expiresAt: now + 500 });
    world.onList = () => world.clock.passes(500);
    expect(await world.sweep()).toEqual(['a expired deleted']);
    expect(world.asked).toEqual([]);
  });

  test.each(purposes)('deletes what is finished, whatever its purpose: %j', async (purpose) => {
    const world = new World();
    world.add('a', { purpose });
    expect(await world.sweep()).toEqual([
      expect.stringMatching(/^a (?:run_completed|pull_request_closed) deleted$/),
    ]);
    expect(world.clients.size).toBe(0);
  });

  test('asks only about clients that have not expired', async () => {
    const world = new World();
    world.add('a', { expiresAt: now - 1 });
    const { label } = world.add('b');
    world.state = 'unfinished';
    expect(await world.sweep()).toEqual(['a expired deleted', 'b run_not_completed kept']);
    expect(world.asked).toEqual([label]);
  });

  test.each([
    ['ahead', -25],
    ['behind', 25],
  ])(
    "deletes a client as expired only if Capture's clock agrees where this machine's is %s",
    async (_, hours) => {
      const world = new World();
      world.clockOffsetMs = hours * 3_600_000;
      const [earlier, later] = [
        Math.min(now, now + world.clockOffsetMs),
        Math.max(now, now + world.clockOffsetMs),
      ];
      world.add('a', { expiresAt: earlier - 1000 });
      world.add('b', { expiresAt: earlier + 1000 });
      world.add('c', { expiresAt: later + 1000 });
      world.state = 'unfinished';
      const kept = ['b run_not_completed kept', 'c run_not_completed kept'];
      expect(await world.sweep()).toEqual(['a expired deleted', ...kept]);
    },
  );

  test('passes on what the CI system reports', async () => {
    const world = new World();
    world.add('a');
    world.state = 'unknown';
    expect(await world.sweep()).toEqual(['a state_unknown kept']);
    expect(world.result?.states?.problems).toEqual(['some problem']);
  });

  test('lists again when its list is old: what was renewed or relabeled is kept, what is gone is gone', async () => {
    const world = new World();
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) world.add(id);
    world.onAsk = async () => {
      await world.clock.passes(30_000);
      world.add('b', { marker: 'ffffffffffffffffffffffff', expiresAt: now + 9e9 });
      world.clients.set('c', { ...world.client('c'), description: 'somebody removed the label' });
      world.clients.delete('d');
      const { description } = world.client('e');
      world.clients.set('e', { ...world.client('e'), description: `other words ${description}` });
    };
    expect(await world.sweep()).toEqual([
      'a run_completed deleted',
      'b label_changed kept',
      'c label_changed kept',
      'd run_completed deleted',
      'e run_completed deleted',
      'f run_completed deleted',
    ]);
    expect([...world.clients.keys()]).toEqual(['b', 'c']);
    expect(world.lists).toBe(2);
  });

  test('does not list again while its list is good', async () => {
    const world = new World();
    world.add('a');
    world.onAsk = () => world.clock.passes(29_999);
    expect(await world.sweep()).toEqual(['a run_completed deleted']);
    expect(world.lists).toBe(1);
  });

  test('keeps a client that another repository has now, with the same marker', async () => {
    const world = new World();
    for (const id of ['a', 'b']) world.add(id);
    world.onAsk = async () => {
      await world.clock.passes(30_000);
      world.add('a', { origin: { ...runLabel.origin, id: '99' } });
    };
    expect(await world.sweep()).toEqual(['a label_changed kept', 'b run_completed deleted']);
  });

  test('begins no deletion more than half a minute after the list, and lists once for all', async () => {
    const world = new World();
    for (let n = 0; n < 400; n += 1) world.add(`c${n}`);
    world.onDelete = () => world.clock.passes(4000);
    const result = await world.sweep({ timeoutMs: 3_600_000 });
    expect(result.every((line) => line.endsWith('deleted'))).toBe(true);
    expect(Math.max(...world.agesAtDelete)).toBeLessThan(30_000);
    const elapsedMs = world.clock.now() - now;
    expect(elapsedMs).toBeGreaterThan(60_000);
    expect(world.lists).toBe(1 + Math.floor(elapsedMs / 30_000));
  });

  test('reports its progress every hundred', async () => {
    const world = new World();
    for (let n = 0; n < 250; n += 1) world.add(`c${n}`);
    await world.sweep();
    expect(world.lines).toEqual([
      expect.stringMatching(
        /^Progress: deleted 100 of 250 clients, 0 failed\. Up to \d+ deletions run at once\.$/,
      ),
      expect.stringMatching(
        /^Progress: deleted 200 of 250 clients, 0 failed\. Up to \d+ deletions run at once\.$/,
      ),
    ]);
  });

  test('reports its progress every ten seconds', async () => {
    const world = new World();
    for (let n = 0; n < 4; n += 1) world.add(`c${n}`);
    world.onDelete = async (id) => {
      await world.clock.passes(5000);
      if (id === 'c0') throw captureError({ code: 300, retryable: false });
    };
    await world.sweep();
    expect(world.lines).toEqual([
      'Progress: deleted 1 of 4 clients, 1 failed. Up to 2 deletions run at once.',
    ]);
  });

  test('fails to delete the rest if it cannot list again, and does not try that for each', async () => {
    const world = new World();
    for (let n = 0; n < 50; n += 1) world.add(`c${n}`);
    const failure = captureError({ code: 403, retryable: false });
    world.onAsk = async () => {
      await world.clock.passes(30_000);
      world.onList = () => Promise.reject(failure);
    };
    expect(new Set(await world.sweep())).toEqual(
      new Set(Array.from({ length: 50 }, (_, n) => `c${n} run_completed failed`)),
    );
    expect(world.result?.swept[0]?.failure).toBe(failure);
    expect(world.clients.size).toBe(50);
    expect(world.lists).toBe(2);
  });

  test('lists again after a retryable failure to list', async () => {
    const world = new World();
    for (const id of ['a', 'b']) world.add(id);
    world.onAsk = async () => {
      await world.clock.passes(30_000);
      world.onList = () => (world.lists < 4 ? Promise.reject(captureError()) : Promise.resolve());
    };
    expect(await world.sweep()).toEqual(['a run_completed deleted', 'b run_completed deleted']);
    expect(world.lists).toBe(4);
  });

  test('waits as long as the server asks, and lists again afterward', async () => {
    const world = new World();
    world.add('a');
    let times = 0;
    world.onDelete = async () => {
      times += 1;
      if (times === 1) throw captureError({ retryAfterMs: 45_000 });
    };
    expect(await world.sweep({ timeoutMs: 3_600_000 })).toEqual(['a run_completed deleted']);
    expect(world.lists).toBe(2);
    expect(world.clock.now()).toBe(now + 45_000);
  });

  test('does not wait longer than its time', async () => {
    const world = new World();
    for (const id of ['a', 'b']) world.add(id);
    world.onDelete = () => Promise.reject(captureError({ retryAfterMs: 3_600_000 }));
    expect(await world.sweep()).toEqual(['a run_completed failed', 'b run_completed failed']);
    expect(world.clock.waits).toEqual([]);
    const [a, b] = world.result?.swept ?? [];
    expect(a?.failure?.message).toContain('510');
    expect(b?.failure).toBeUndefined();
  });

  test('repeats what fails until its time is up, and begins nothing that has no time left', async () => {
    const world = new World();
    for (let n = 0; n < 40; n += 1) world.add(`c${n}`);
    const tried = new Set<string>();
    let times = 0;
    world.onDelete = async (id) => {
      tried.add(id);
      times += 1;
      expect(world.clock.now()).toBeLessThan(now + 60_000 - minAttemptMs);
      if (times > 5) throw captureError();
    };
    const result = await world.sweep();
    expect(result.filter((line) => line.endsWith('deleted'))).toHaveLength(5);
    expect(result.filter((line) => line.endsWith('failed'))).toHaveLength(35);
    for (const { client, result: outcome, failure } of world.result?.swept ?? []) {
      const isFailure = outcome === 'failed' && tried.has(client.clientId);
      expect([client.clientId, failure !== undefined]).toEqual([client.clientId, isFailure]);
    }
    expect(world.clock.now()).toBeLessThan(now + 60_000);
    expect(world.clock.now()).toBeGreaterThan(now + 40_000);
  });

  test('does not let one failure stop the rest', async () => {
    const world = new World();
    for (const id of ['a', 'b', 'c']) world.add(id);
    world.onDelete = async (id) => {
      if (id === 'b') throw captureError({ code: 300, retryable: false });
    };
    expect(await world.sweep()).toEqual([
      'a run_completed deleted',
      'b run_completed failed',
      'c run_completed deleted',
    ]);
  });

  test('does not take a bug for a failure', async () => {
    const world = new World();
    for (let n = 0; n < 40; n += 1) world.add(`c${n}`);
    world.onDelete = () => Promise.reject(new TypeError('a bug'));
    await expect(world.sweep()).rejects.toThrow('a bug');
    expect(world.agesAtDelete).toHaveLength(1);
  });

  test('deletes nothing if it is a dry run', async () => {
    const world = new World();
    world.add('a');
    world.add('b', { expiresAt: now });
    expect(await world.sweep({ dryRun: true })).toEqual([
      'a run_completed would_delete',
      'b expired would_delete',
    ]);
    expect(world.clients.size).toBe(2);
  });

  test('names the repositories that no label matches, but not its own', async () => {
    const world = new World();
    world.add('a', { origin: { ...runLabel.origin, id: '99', name: 'acme/web' } });
    world.add('b', { origin: { ...runLabel.origin, host: 'ghe.example.com', id: '9', name: 'globex/x' } });
    await world.sweep({ repositories: ['Acme/web', 'acme/web.git', 'globex/x', 'acme/shop', 'acme/*'] });
    expect(world.result?.unmatched).toEqual(['acme/web.git', 'globex/x']);
  });
});

/** Capture and the CI system as a sweep sees them. */
class World {
  readonly clock = new SimulatedClock();
  readonly clients = new Map<string, Client>();
  readonly agesAtDelete: number[] = [];
  readonly asked: Label[] = [];
  readonly lines: string[] = [];
  state: SubjectState = 'finished';
  clockOffsetMs: number | undefined;
  lists = 0;
  result: Sweep | undefined;
  onAsk = async (): Promise<void> => {};
  onList = async (): Promise<void> => {};
  onDelete = async (_clientId: string): Promise<void> => {};
  #listedAt = 0;

  add(clientId: string, parts: Partial<Label> = {}): { label: Label } {
    const label = { ...runLabel, ...parts };
    const description = formatDescription({ text: clientId, label });
    this.clients.set(clientId, { clientId, clientSecret: 'secret', description, features: [] });
    return { label };
  }

  client(id: string): Client {
    return this.clients.get(id) as Client;
  }

  async sweep(
    options: { dryRun?: boolean; timeoutMs?: number; repositories?: Scope['repositories'] } = {},
  ): Promise<string[]> {
    const { dryRun = false, timeoutMs = 60_000, repositories } = options;
    const { clock } = this;
    const timeLimit = startTimeLimit(timeoutMs, clock);
    const random = () => 0.5;
    this.result = await clock.until(
      sweep({ thisOrigin: runLabel.origin, repositories }, dryRun, {
        capture: this.#capture,
        retry: createRetry({ clock, timeLimit, random, log: { info() {} } }),
        clock,
        random,
        log: { info: (message) => this.lines.push(message) },
        deadline: now + timeoutMs - minAttemptMs,
        ask: async (labels) => {
          this.asked.push(...labels);
          await this.onAsk();
          return { stateOf: () => this.state, problems: ['some problem'] };
        },
      }),
    );
    return this.result.swept
      .map(({ client, reason, result }) => `${client.clientId} ${reason} ${result}`)
      .sort();
  }

  get #capture(): Capture {
    const notExpected = (): never => {
      throw new Error('this call is not expected');
    };
    return {
      listClients: async (pick) => {
        if (this.lists === 100) throw new Error('the sweep never ends');
        this.lists += 1;
        await this.onList();
        this.#listedAt = this.clock.now();
        const all = [...this.clients.values()];
        return { picked: all.map(pick).filter((one) => one !== undefined), total: all.length };
      },
      deleteClient: async (id) => {
        this.agesAtDelete.push(this.clock.now() - this.#listedAt);
        await this.onDelete(id);
        return this.clients.delete(id) ? 'deleted' : 'gone';
      },
      clockOffsetMs: () => this.clockOffsetMs,
      addClient: notExpected,
      setDescription: notExpected,
      setFeatures: notExpected,
      setWhitelist: notExpected,
      listSettings: notExpected,
      setSettings: notExpected,
      resetSecret: notExpected,
    };
  }
}
