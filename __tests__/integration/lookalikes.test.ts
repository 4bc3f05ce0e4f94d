import { expect, test } from '@jest/globals';
import type { EmulatedClient } from '../../emulator/emulator.ts';
import { future, type LabelParts, labelText, past } from '../support/labels.ts';
import { onPullRequest, Scenario } from '../support/scenario.ts';

type MakeDescription = (subject: string, until: string, marker: string) => string;

const changed =
  (change: (label: string) => string): MakeDescription =>
  (subject, until, marker) =>
    `x ${change(labelText(subject, until, { marker }))}`;

const forged =
  (parts: LabelParts): MakeDescription =>
  (subject, until, marker) =>
    `x ${labelText(subject, until, { marker, ...parts })}`;

/** Descriptions made by hand, by another tool, or to deceive. None is a label of this repository. */
const lookalikes: Readonly<Record<string, MakeDescription>> = {
  'no label': (subject) => `acme/shop ${subject}, name preview`,
  'another tool': (subject, until) =>
    `[preview-client/1 github.com id 123456 acme/shop, ${subject}, ${until}]`,
  'another version': changed((text) => text.replace('/1 ', '/2 ')),
  'words after it': changed((text) => `${text} (do not delete)`),
  'another label after it': (subject, until) =>
    `${labelText(subject, until)} ${labelText(subject, until, { id: '77' })}`,
  'words right before it': (subject, until) => `words${labelText(subject, until)}`,
  'no closing bracket': changed((text) => text.slice(0, -1)),
  'upper case': changed((text) => text.toUpperCase()),
  'a Cyrillic letter': changed((text) => text.replace('capture', 'c\u0430pture')),
  'full-width digits': changed((text) => text.replace('123456', '\uff11\uff12\uff13\uff14\uff15\uff16')),
  'a zero-width space': changed((text) => text.replace('shop', 'sh\u200bop')),
  'another repository': forged({ id: '77', repository: 'globex/shop' }),
  'the same name, another id': forged({ id: '1234567' }),
  'the same name, a part of the id': forged({ id: '12345' }),
  'the same id on another host': forged({ host: 'ghe.example.com' }),
  'the same id on a host that looks like it': forged({ host: 'g%D1%96thub.com' }),
  'an owner that looks like it': forged({ id: '77', repository: 'acm%D0%B5/shop' }),
  'an owner that folds to it': forged({ id: '77', repository: '%E2%84%AAiosk/shop' }),
  'a pattern for a name': forged({ id: '77', repository: 'acme/%2A' }),
  'a group of the same name': forged({ id: '77', repository: 'acme/shop/shop' }),
  'a host of GitLab': forged({ host: 'gitlab.com' }),
};

const subjects = ['pull request 42', 'run 1001', 'job of run 1001'];

/** An emulated Capture full of foreign clients. */
class ForeignClients {
  readonly scenario: Scenario;
  readonly foreign: EmulatedClient[] = [];

  private constructor(scenario: Scenario) {
    this.scenario = scenario;
    for (const [index, subject] of subjects.entries()) {
      for (const make of Object.values(lookalikes)) {
        this.#add(make(subject, past, marker(index)));
        this.#add(make(subject, future, marker(index)));
      }
    }
  }

  static async start(): Promise<ForeignClients> {
    return new ForeignClients(await Scenario.start());
  }

  /** Adds a client of ours, which shows that the step does something. */
  addOwn(subject: string, until: string): EmulatedClient {
    const description = labelText(subject, until, { marker: 'f'.repeat(24) });
    return this.scenario.emulator.addClient({ description });
  }

  /** Expects that all exist, unchanged, and that no request named one. */
  expectUntouched(): void {
    const ids = new Set(this.foreign.map(({ client_id }) => client_id));
    const { emulator } = this.scenario;
    const left = emulator.clients().filter(({ client_id }) => ids.has(client_id));
    expect(left).toEqual(this.foreign);
    const named = emulator.requests.flatMap(({ call, form }) =>
      Object.values(form).some((value) => ids.has(value)) ? [call] : [],
    );
    expect(named).toEqual([]);
  }

  #add(description: string): void {
    // As owners: their deletion would start with their features.
    this.foreign.push(this.scenario.emulator.addClient({ description, features: ['owner', 'login_client'] }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.scenario[Symbol.asyncDispose]();
  }
}

function marker(number: number): string {
  return String(number).padStart(24, '0');
}

test('create reuses and replaces none of them', async () => {
  await using world = await ForeignClients.start();
  const main = await world.scenario.create({ lifetime: 'pull_request' }, onPullRequest(42));
  expect(main).toMatchObject({ conclusion: 'success', outputs: { created: 'true' } });
  const again = await world.scenario.create({ lifetime: 'pull_request' }, onPullRequest(42));
  expect(again.outputs).toMatchObject({ created: 'false', client_id: main.outputs.client_id });
  world.expectUntouched();
});

test.each([
  ['pull request 42', { lifetime: 'pull_request', pull_request: '42' }],
  ['run 1001', { lifetime: 'run' }],
])('delete by lifetime deletes our own client of %s and none of them', async (subject, inputs) => {
  await using world = await ForeignClients.start();
  const own = world.addOwn(subject, future);
  const { outputs } = await world.scenario.delete(inputs);
  expect(outputs).toEqual({ deleted: '1', client_ids: JSON.stringify([own.client_id]) });
  world.expectUntouched();
});

test.each(Object.entries(lookalikes))('delete by client_id rejects %s', async (_, make) => {
  await using scenario = await Scenario.start();
  const description = make('run 1001', past, marker(0));
  const foreign = scenario.emulator.addClient({ description, features: ['owner'] });
  const gone = await scenario.delete({ client_id: foreign.client_id });
  expect(gone.conclusion).toBe('failure');
  expect(gone.annotations.at(-1)?.message).toMatch(
    new RegExp(`^Client ${foreign.client_id} .*Nothing was deleted`),
  );
  expect(scenario.emulator.requests.map(({ call }) => call)).toEqual(['clients/list']);
  expect(scenario.clients).toEqual([foreign]);
});

test.each<Record<string, string>>([
  {},
  { repositories: 'acme/shop' },
  { repositories: 'acme/shop, kiosk/*, kiosk/shop' },
])('a sweep with %j deletes our own expired client and none of them', async (inputs) => {
  await using world = await ForeignClients.start();
  const own = world.addOwn('pull request 42', past);
  const main = await world.scenario.sweep(inputs);
  expect(main).toMatchObject({
    conclusion: 'success',
    outputs: { deleted: '1', kept: '0', failed: '0', report: expect.stringContaining(own.client_id) },
  });
  world.expectUntouched();
});

test('post deletes what its main left, and nothing else with the same marker', async () => {
  await using world = await ForeignClients.start();
  const { scenario } = world;
  scenario.emulator.inject({ kind: 'reset-after-commit', call: 'clients/add' });
  scenario.emulator.inject({ kind: 'api-before-commit', code: 403, call: 'clients/list' });
  const main = await scenario.create();
  expect(main.conclusion).toBe('failure');
  const { creation } = JSON.parse(main.state.creation ?? '');
  const copies = Object.values(lookalikes).map((make) =>
    scenario.emulator.addClient({ description: make('run 1001', future, creation.marker) }),
  );
  world.foreign.push(...copies);
  const post = await scenario.post();
  expect(post).toMatchObject({ conclusion: 'success', annotations: [] });
  expect(post.log.match(/^Deleted client/gm)).toHaveLength(1);
  expect(scenario.clients).toHaveLength(world.foreign.length);
  world.expectUntouched();
});
