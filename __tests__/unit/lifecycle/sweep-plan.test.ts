import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Capture, openCapture } from '../../../src/capture/client.ts';
import { startTimeLimit } from '../../../src/capture/clock.ts';
import { createRepeat } from '../../../src/capture/retry.ts';
import type { Attempt, Sender } from '../../../src/capture/sender.ts';
import { formatDescription, type Label, type Origin, type Purpose } from '../../../src/lifecycle/label.ts';
import {
  isInScope,
  judge,
  type Scope,
  type SubjectState,
  type Sweep,
  sweep,
} from '../../../src/lifecycle/sweep-plan.ts';
import { captureError, now, runLabel } from '../../support/basics.ts';
import { ownerId, unknownClient } from '../../support/fake-capture.ts';
import { SimulatedClock } from '../../support/simulated-clock.ts';

const purposes: Record<Purpose['lifetime'], Purpose> = {
  run: { lifetime: 'run', runId: '7' },
  job: { lifetime: 'job', runId: '7' },
  pull_request: { lifetime: 'pull_request', pullRequest: 42 },
};

test.each([
  ['run', 'finished', 'run_completed'],
  ['run', 'unfinished', 'run_not_completed'],
  ['job', 'finished', 'run_completed'],
  ['pull_request', 'finished', 'pull_request_closed'],
  ['pull_request', 'unfinished', 'pull_request_open'],
  ['pull_request', 'unknown', 'state_unknown'],
] as const)(
  'a label is judged by its expiry, then by the CI system: %s, %s gives %s',
  (lifetime, state, reason) => {
    const expiring = (expiresAt: number): Label => ({ ...runLabel, purpose: purposes[lifetime], expiresAt });
    expect(judge(expiring(now), now, state)).toBe('expired');
    expect(judge(expiring(now + 1), now, state)).toBe(reason);
  },
);

describe('the scope', () => {
  const own = runLabel.origin;
  const label = (place: Partial<Origin>): Label => ({ ...runLabel, origin: { ...own, ...place } });

  test.each<[Partial<Origin>, string[] | undefined, boolean]>([
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
    [{ id: '99', name: 'acme/web' }, ['acm/*', 'acmee/*', 'acme/we', 'acme/webb', 'web/*'], false],
    [{ id: '99', name: 'acme/*' }, ['acme/web', 'acme/*'], false],
    [{ id: '99' }, ['acme/shop'], false],
    [{ id: '99', name: 'Acme/Shop' }, ['acme/shop'], false],
    [{ id: '99' }, ['acme/*'], true],
    // Subgroups, of any depth.
    [{ id: '99', name: 'acme/web/shop' }, ['acme/*'], true],
    [{ id: '99', name: 'Acme/web/shop' }, ['acme/web/*'], true],
    [{ id: '99', name: 'acme/web/x/y' }, ['acme/*'], true],
    [{ id: '99', name: 'acme/web/shop' }, ['acme/web/shop'], true],
    [{ id: '99', name: 'acme/web/shop' }, ['acme/web', 'web/shop', 'web/*', 'acme/shop'], false],
    [{ id: 'uuid:9f/1 x', name: 'acme/web' }, ['acme/web'], true],
    // Names that no repository can have, and lookalikes.
    [{ id: '99', name: 'acme/web x' }, ['acme/*'], false],
    [{ id: '99', name: 'ac\u043ce/web' }, ['acme/*'], false],
    [{ id: '99', name: 'acme\u200b/web' }, ['acme/*'], false],
    [{ id: '99', name: 'acme\u2215web' }, ['acme/*', 'acme/web'], false],
    [{ id: '99', name: 'acme/\u212aiosk' }, ['acme/*', 'acme/kiosk'], false],
    [{ id: '99', name: '\u212aiosk/web' }, ['kiosk/*', 'kiosk/web'], false],
    [{ id: '99', name: 'acme' }, ['acme/acme', 'acme/*'], false],
    [{ id: '99', name: 'acme/web', host: 'ghe.example.com' }, ['acme/*', 'acme/web'], false],
    [{}, ['globex/*'], false],
    [{}, ['globex/*', 'acme/*'], true],
  ])('a label of %j is in the scope of %j: %s', (place, repositories, expected) => {
    expect(isInScope(label(place), { thisOrigin: own, repositories })).toBe(expected);
  });

  test('of an origin that the user named has no ID, so its name means every repository that has it', () => {
    const named = { ...own, id: own.name };
    const repositories = [own.name];
    expect(isInScope(label({ id: '99' }), { thisOrigin: named, repositories })).toBe(true);
    expect(isInScope(label({ id: '99' }), { thisOrigin: named, repositories: undefined })).toBe(false);
    expect(isInScope(label({ id: '99', name: 'acme/web' }), { thisOrigin: named, repositories })).toBe(false);
  });

  /** So few parts that many origins share all but one: GitHub's, GitLab's, and those whose ID is their name. */
  const names = ['acme/shop', 'acme/web/shop', 'acme/project/_git/shop', 'dev/local'];
  const origin: fc.Arbitrary<Origin> = fc.record({
    host: fc.constantFrom('github.com', 'gitlab.com', 'gitlab.com:8443', 'gitlab.com/a', 'laptop'),
    id: fc.constantFrom('1', '11', ...names),
    name: fc.constantFrom(...names),
  });

  test('is only this origin, or at most this host, whatever repositories are named', () => {
    const repositories = fc.subarray([...names, 'acme/*', 'acme/web/*', 'dev/*'], { minLength: 1 });
    fc.assert(
      fc.property(origin, origin, repositories, (one, thisOrigin, named) => {
        const { host, id } = thisOrigin;
        const isOwn = one.host === host && one.id === id;
        expect(isInScope(label(one), { thisOrigin, repositories: undefined })).toBe(isOwn);
        if (isInScope(label(one), { thisOrigin, repositories: named })) expect(one.host).toBe(host);
      }),
    );
  });
});

describe('a sweep', () => {
  test('asks nothing if every client has expired, also one that expires at this moment', async () => {
    const world = new World();
    world.add('a', { expiresAt: now - 1 });
    world.add('b', { expiresAt: now + 500 });
    world.onList = () => world.clock.passes(500);
    expect(await world.sweep()).toEqual(['a expired deleted', 'b expired deleted']);
    expect(world.asked).toEqual([]);
    expect(world.result).toMatchObject({ states: undefined, unmatched: [], unreadable: [], total: 2 });
  });

  test('asks only about clients that have not expired, and passes on what it is told', async () => {
    const world = new World();
    world.add('a', { expiresAt: now - 1 });
    const label = world.add('b');
    world.state = 'unknown';
    expect(await world.sweep()).toEqual(['a expired deleted', 'b state_unknown kept']);
    expect(world.asked).toEqual([label]);
    expect(world.result?.states?.problems).toEqual(['some problem']);
  });

  test.each([-25, 25])(
    "deletes a client as expired only if Capture's clock, %d h ahead, agrees",
    async (hours) => {
      const world = new World();
      world.clockOffsetMs = hours * 3_600_000;
      const [earlier = 0, later = 0] = [now, now + world.clockOffsetMs].toSorted((a, b) => a - b);
      world.add('a', { expiresAt: earlier - 1000 });
      world.add('b', { expiresAt: earlier + 1000 });
      world.add('c', { expiresAt: later + 1000 });
      world.state = 'unfinished';
      const kept = ['b run_not_completed kept', 'c run_not_completed kept'];
      expect(await world.sweep()).toEqual(['a expired deleted', ...kept]);
    },
  );

  test('never deletes a client whose label cannot be read, but counts it', async () => {
    const world = new World();
    const label = formatDescription({ text: '', label: { ...runLabel, expiresAt: 0 } });
    world.set('cut', label.slice(0, -1));
    world.set('text', `${label} do not delete`);
    world.set('manual', 'made by hand');
    expect(await world.sweep()).toEqual([]);
    expect(world.result).toMatchObject({ unreadable: ['cut', 'text'], total: 3 });
    expect(world.clients.size).toBe(3);
  });

  test('lists again when its list is old: what was renewed or relabeled is kept, what is gone is gone', async () => {
    const world = new World();
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) world.add(id);
    world.onAsk = async () => {
      await world.clock.passes(30_000);
      world.add('b', { marker: 'ffffffffffffffffffffffff', expiresAt: now + 9e9 });
      world.set('c', 'somebody removed the label');
      world.clients.delete('d');
      world.set('e', `other words ${world.clients.get('e')}`);
      world.add('f', { origin: { ...runLabel.origin, id: '99' } });
    };
    expect(await world.sweep()).toEqual([
      'a run_completed deleted',
      'b label_changed kept',
      'c label_changed kept',
      'd run_completed deleted',
      'e run_completed deleted',
      'f label_changed kept',
    ]);
    expect([...world.clients.keys()]).toEqual(['b', 'c', 'f']);
    expect(world.lists).toBe(2);
  });

  test.each([
    [29_999, 1],
    [30_000, 2],
  ])('that has waited for %d ms lists %d times', async (ms, lists) => {
    const world = new World();
    world.add('a');
    world.onAsk = () => world.clock.passes(ms);
    expect(await world.sweep()).toEqual(['a run_completed deleted']);
    expect(world.lists).toBe(lists);
  });

  test('deletes four at a time, begins none more than half a minute after the list, and lists once for all', async () => {
    const world = new World();
    for (let n = 0; n < 100; n += 1) world.add(`c${n}`);
    world.onDelete = () => world.clock.passes(4000);
    const result = await world.sweep({ timeoutMs: 3_600_000 });
    expect(result.every((line) => line.endsWith('deleted'))).toBe(true);
    expect(Math.max(...world.agesAtDelete)).toBeLessThan(30_000);
    expect(world.clock.now() - now).toBe((100 / 4) * 4000);
    expect(world.lists).toBe(4);
  });

  test('fails to delete the rest if it cannot list again, and does not try that for each', async () => {
    const world = new World();
    for (let n = 0; n < 50; n += 1) world.add(`c${n}`);
    const failure = captureError({ code: 403, retryable: false });
    world.onAsk = async () => {
      await world.clock.passes(30_000);
      world.onList = () => Promise.reject(failure);
    };
    const result = await world.sweep();
    expect(result.filter((line) => line.endsWith('run_completed failed'))).toHaveLength(50);
    expect(world.result?.swept[0]?.outcome?.error).toBe(failure);
    expect(world.clients.size).toBe(50);
    expect(world.lists).toBe(2);
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

  test('deletes nothing if it is a dry run', async () => {
    const world = new World();
    world.add('a');
    world.add('b', { expiresAt: now });
    const expected = ['a run_completed would_delete', 'b expired would_delete'];
    expect(await world.sweep({ dryRun: true })).toEqual(expected);
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

/** Capture and the CI system as a sweep sees them, with exact times. */
class World {
  readonly clock = new SimulatedClock();
  /** Descriptions, by client ID. */
  readonly clients = new Map<string, string>();
  readonly agesAtDelete: number[] = [];
  readonly asked: Label[] = [];
  state: SubjectState = 'finished';
  clockOffsetMs: number | undefined;
  lists = 0;
  result: Sweep | undefined;
  onAsk = async (): Promise<void> => {};
  onList = async (): Promise<void> => {};
  onDelete = async (_clientId: string): Promise<void> => {};
  #listedAt = 0;

  add(clientId: string, parts: Partial<Label> = {}): Label {
    const label = { ...runLabel, ...parts };
    this.set(clientId, formatDescription({ text: clientId, label }));
    return label;
  }

  set(clientId: string, description: string): void {
    this.clients.set(clientId, description);
  }

  /** Sweeps, and returns what became of each client, sorted. */
  async sweep(
    options: { dryRun?: boolean; timeoutMs?: number; repositories?: Scope['repositories'] } = {},
  ): Promise<string[]> {
    const { dryRun = false, timeoutMs = 60_000, repositories } = options;
    const { clock } = this;
    const timeLimit = startTimeLimit(timeoutMs, clock, new AbortController().signal);
    const log = { info() {}, notice() {}, mask() {}, show: (text: string) => text };
    const repeat = createRepeat({ clock, timeLimit, random: () => 0.5, log });
    const capture: Capture = openCapture({
      owner: { clientId: ownerId, clientSecret: 'hush' },
      authScheme: 'basic-auth',
      ...{ sender: this.#sender, repeat, clock, log },
    });
    this.result = await clock.until(
      sweep(
        {
          scope: { thisOrigin: runLabel.origin, repositories },
          dryRun,
          ask: async (labels) => {
            this.asked.push(...labels);
            await this.onAsk();
            return { stateOf: () => this.state, problems: ['some problem'], isTokenUsable: true };
          },
        },
        { capture, clock, timeLimit, log, signal: timeLimit.canceled },
      ),
    );
    return this.result.swept
      .map(({ client, reason, result }) => `${client.clientId} ${reason} ${result}`)
      .sort();
  }

  readonly #sender: Sender = {
    clockOffsetMs: () => this.clockOffsetMs,
    send: async (attempt, parse) => parse({ stat: 'ok', ...(await this.#respond(attempt)) }) as never,
  };

  async #respond({ name, parameters }: Attempt): Promise<object> {
    if (name === 'clients/list') {
      if (this.lists === 100) throw new Error('the sweep never ends');
      this.lists += 1;
      await this.onList();
      this.#listedAt = this.clock.now();
      return { results: [...this.clients].map(([client_id, description]) => ({ client_id, description })) };
    }
    if (name !== 'clients/delete') throw new Error(`${name} is not expected`);
    const clientId = parameters.client_id_for_deletion ?? '';
    this.agesAtDelete.push(this.clock.now() - this.#listedAt);
    await this.onDelete(clientId);
    if (!this.clients.delete(clientId)) throw unknownClient();
    return {};
  }
}
