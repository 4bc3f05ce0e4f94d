import { describe, expect, test } from '@jest/globals';
import type { Capture, Client } from '../../../src/capture/client.ts';
import { formatDescription, type Label, type Purpose } from '../../../src/lifecycle/label.ts';
import { Pace } from '../../../src/lifecycle/pace.ts';
import { isInScope, judge, type SubjectState, sweep } from '../../../src/lifecycle/sweep.ts';
import { captureError, fakeClock, now, runLabel } from '../../support/fixtures.ts';

const purposes: Purpose[] = [
  { lifetime: 'run', runId: '7' },
  { lifetime: 'job', runId: '7' },
  { lifetime: 'pull_request', pullRequest: 42 },
];
const states: SubjectState[] = ['over', 'going on', 'unknown'];

describe('a label is judged', () => {
  const of = (purpose: Purpose, expiresAt: number): Label => ({ ...runLabel, purpose, expiresAt });

  test.each(purposes)('by its expiry first: %j', (purpose) => {
    for (const state of states) {
      expect(judge(of(purpose, now), now, state)).toBe('expired');
      expect(judge(of(purpose, now + 1), now, state)).not.toBe('expired');
    }
  });

  test.each([
    ['run', 'over', 'run_completed'],
    ['run', 'going on', 'run_not_completed'],
    ['run', 'unknown', 'state_unknown'],
    ['job', 'over', 'run_completed'],
    ['job', 'going on', 'run_not_completed'],
    ['job', 'unknown', 'state_unknown'],
    ['pull_request', 'over', 'pull_request_closed'],
    ['pull_request', 'going on', 'pull_request_open'],
    ['pull_request', 'unknown', 'state_unknown'],
  ] as const)('then by what GitHub says: %s, %s gives %s', (lifetime, state, reason) => {
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
    [{ id: '99', name: 'acme/web/x' }, ['acme/*'], false],
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
    expect(isInScope(label(place), { own, repositories })).toBe(expected);
  });
});

describe('a sweep', () => {
  test('asks nothing if all have expired', async () => {
    const world = new World();
    world.add('a', { expiresAt: now - 1 });
    expect(await world.sweep()).toEqual(['a expired deleted']);
    expect(world.asked).toEqual([]);
  });

  test.each(purposes)('deletes what is over, whatever it was for: %j', async (purpose) => {
    const world = new World();
    world.add('a', { purpose });
    expect(await world.sweep()).toEqual([
      expect.stringMatching(/^a (?:run_completed|pull_request_closed) deleted$/),
    ]);
    expect(world.clients.size).toBe(0);
  });

  test('asks about the unexpired alone', async () => {
    const world = new World();
    world.add('a', { expiresAt: now - 1 });
    const { label } = world.add('b');
    world.state = 'going on';
    expect(await world.sweep()).toEqual(['a expired deleted', 'b run_not_completed kept']);
    expect(world.asked).toEqual([label]);
  });

  test('looks anew when its list is old: renewed stays, relabelled stays, gone is gone', async () => {
    const world = new World();
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) world.add(id);
    // Slow to ask: by the time of the answer half a minute has passed.
    world.onAsk = () => {
      world.clock.pass(30_000);
      world.add('b', { marker: 'ffffffffffffffffffffffff', expiresAt: now + 9e9 });
      world.clients.set('c', { ...world.client('c'), description: 'somebody took the label away' });
      world.clients.delete('d');
      world.clients.set('e', {
        ...world.client('e'),
        description: `other words ${world.client('e').description}`,
      });
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

  test('leaves what another repository was given meanwhile, marker and all', async () => {
    const world = new World();
    for (const id of ['a', 'b']) world.add(id);
    world.onAsk = () => {
      world.clock.pass(30_000);
      world.add('a', { origin: { ...runLabel.origin, id: '99' } });
    };
    expect(await world.sweep()).toEqual(['a label_changed kept', 'b run_completed deleted']);
  });

  test('works in rounds: no deletion begins more than half a minute after the list', async () => {
    const world = new World();
    for (let n = 0; n < 40; n += 1) world.add(`c${n}`);
    world.onDelete = () => world.clock.pass(4000);
    const result = await world.sweep({ deadline: now + 3_600_000 });
    expect(result.every((line) => line.endsWith('deleted'))).toBe(true);
    expect(Math.max(...world.agesAtDelete)).toBeLessThan(30_000);
    expect(world.lists).toBeGreaterThan(3);
    expect(world.told).toEqual(
      expect.arrayContaining([expect.stringMatching(/^\d+ of 40 deleted, 0 failed; \d+ at a time\.$/)]),
    );
  });

  test('tells of its progress every hundred', async () => {
    const world = new World();
    for (let n = 0; n < 250; n += 1) world.add(`c${n}`);
    await world.sweep();
    expect(world.told.map((line) => line.split(',')[0])).toEqual([
      '100 of 250 deleted',
      '200 of 250 deleted',
    ]);
  });

  test('that cannot list anew has failed to delete what is left', async () => {
    const world = new World();
    for (const id of ['a', 'b']) world.add(id);
    world.onAsk = () => {
      world.clock.pass(30_000);
      world.onList = () => {
        throw captureError({ code: 403 });
      };
    };
    expect(await world.sweep()).toEqual(['a run_completed failed', 'b run_completed failed']);
    expect(world.clients.size).toBe(2);
  });

  test('a pause that the server asks for is kept before the next list', async () => {
    const world = new World();
    world.add('a');
    let times = 0;
    world.onDelete = () => {
      times += 1;
      if (times === 1) throw captureError({ retryAfterMs: 45_000 });
    };
    expect(await world.sweep({ deadline: now + 3_600_000 })).toEqual(['a run_completed deleted']);
    expect(world.lists).toBe(2);
    expect(world.clock.waits).toEqual([45_000]);
  });

  test('does not wait for a pause that is longer than its time', async () => {
    const world = new World();
    world.add('a');
    world.onDelete = () => {
      throw captureError({ retryAfterMs: 3_600_000 });
    };
    expect(await world.sweep()).toEqual(['a run_completed failed']);
    expect(world.clock.waits).toEqual([]);
  });

  test('that is dry deletes nothing', async () => {
    const world = new World();
    world.add('a');
    world.add('b', { expiresAt: now });
    expect(await world.sweep({ dryRun: true })).toEqual([
      'a run_completed would_delete',
      'b expired would_delete',
    ]);
    expect(world.clients.size).toBe(2);
  });
});

/** Capture and GitHub as a sweep sees them. */
class World {
  readonly clock = fakeClock();
  readonly clients = new Map<string, Client>();
  readonly agesAtDelete: number[] = [];
  readonly asked: Label[] = [];
  readonly told: string[] = [];
  state: SubjectState = 'over';
  lists = 0;
  onAsk = (): void => {};
  onList = (): void => {};
  onDelete = (): void => {};
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

  async sweep(options: { dryRun?: boolean; deadline?: number } = {}): Promise<string[]> {
    const { dryRun = false, deadline = now + 60_000 } = options;
    const { swept } = await sweep({ own: runLabel.origin, repositories: undefined }, dryRun, {
      ...this.clock,
      capture: this.#capture,
      captureOnce: this.#capture,
      pace: new Pace(() => 0.5),
      deadline,
      info: (message) => this.told.push(message),
      ask: async (labels) => {
        this.asked.push(...labels);
        this.onAsk();
        return () => this.state;
      },
    });
    return swept.map(({ client, reason, result }) => `${client.clientId} ${reason} ${result}`).sort();
  }

  get #capture(): Capture {
    const notExpected = (): never => {
      throw new Error('this call is not expected');
    };
    return {
      listClients: async (pick) => {
        this.onList();
        if (this.lists === 100) throw new Error('the sweep comes to no end');
        this.lists += 1;
        this.#listedAt = this.clock.now();
        const all = [...this.clients.values()];
        return { picked: all.map(pick).filter((one) => one !== undefined), total: all.length };
      },
      deleteClient: async (id) => {
        this.agesAtDelete.push(this.clock.now() - this.#listedAt);
        this.onDelete();
        return this.clients.delete(id) ? 'deleted' : 'gone';
      },
      addClient: notExpected,
      setDescription: notExpected,
      setFeatures: notExpected,
      setWhitelist: notExpected,
      listSettings: notExpected,
      getDefaultSetting: notExpected,
      setSettings: notExpected,
      resetSecret: notExpected,
    };
  }
}
